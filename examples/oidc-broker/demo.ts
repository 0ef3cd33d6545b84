import { people } from '../express-login/seed.ts';
import { startStepward } from '../express-login/stepward.ts';
import type { Places } from './places.ts';
import { startExample } from './start.ts';

const loopback = (host: string, port: number): string => `http://${host}:${port}`;
const shopPort = Number(process.env.DEMO_PORT ?? 3000);
const stepwardPort = Number(process.env.PORT ?? 8787);
const places = {
  identityProvider: loopback('127.0.0.1', Number(process.env.DEMO_IDP_PORT ?? 4000)),
  stepward: loopback('localhost', stepwardPort),
  shop: loopback('localhost', shopPort),
  shopBefore: loopback('127.0.0.1', shopPort + 1),
  page: loopback('localhost', shopPort + 2),
  pageBefore: loopback('127.0.0.1', shopPort + 3),
} satisfies Places;

/** Log records are for machines; mails and plain lines are for whoever watches. */
const show = (line: string): void => {
  if (!line.startsWith('{')) console.log(line);
};

const [alice, bob] = people.emails;
const steps = `
Harbour: an existing shop, an existing identity provider, and Stepward between them

  The shop as it was:         ${places.shopBefore}
  The same shop, stepped up:  ${places.shop}
  The identity provider:      ${places.identityProvider}
  What is different:          examples/oidc-broker/shop/step-up.diff (three lines of settings)

  1. Open ${places.shopBefore} and sign in as ${alice} with the password "${people.password}".
     The password is all that is asked.
  2. Open ${places.shop} and sign in as ${alice}.
     (The identity provider knows you from before.) The browser is new: Stepward asks for a further proof. The code that is mailed is printed here.
     The shop is told what was proven: acr, amr, auth_time.
  3. Sign out there, at the identity provider too, and sign in again: the browser is known, nothing is asked.
  4. Sign out, and sign in as ${bob}: refused, and the shop is told \`access_denied\`.
  5. The same for an application that is a page: ${places.pageBefore} as it was, ${places.page} stepped up.
  6. See what was decided and why:
       npm run stepward -- rules list signIn
     with STEPWARD_URL=${places.stepward} and the management key below.

Ctrl-C ends it; everything is forgotten.
`;

const stepward = await startStepward(stepwardPort, show);
const example = await startExample(places, { url: stepward.url, key: stepward.managementKey }).catch(async (error: unknown) => {
  console.error(`the demonstration cannot start: ${error instanceof Error ? error.message : error}`);
  await stepward.stop();
  process.exit(1);
});
console.log(`${steps}\nSTEPWARD_MANAGEMENT_KEYS=${stepward.managementKey}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    example.stop();
    void stepward.stop().then(() => process.exit(0));
  });
}
