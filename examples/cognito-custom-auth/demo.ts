import { setup } from '../../test/cognito/install-packages.ts';
import { startStepward } from '../express-login/stepward.ts';
import { people } from './policy.ts';
import { type Places, settingsFor, startExample } from './start.ts';

const first = Number(process.env.DEMO_PORT ?? 3000);
// another site than Stepward's `localhost`, as yours will be
const at = (offset: number): string => `http://127.0.0.1:${first + offset}`;
const places = { identityJs: at(0), identityJsBefore: at(1), amplify: at(2), amplifyBefore: at(3) } satisfies Places;

/** Log records are for machines; mails and plain lines are for whoever watches. */
const show = (line: string): void => {
  if (!line.startsWith('{')) console.log(line);
};

const [alice, bob, carol, dan] = people.names;
const steps = `
Harbour: a page that signs in at a Cognito user pool by its SDK, and Stepward's triggers in that pool

  The page as it was:         ${places.identityJsBefore}
  The same page, stepped up:  ${places.identityJs}
  What is different:          examples/cognito-custom-auth/identity-js/step-up.diff
  The same with Amplify:      ${places.amplifyBefore} and ${places.amplify}

  The user pool is the one of the tests, on this machine; everybody's password is "${people.password}".

  1. Open ${places.identityJsBefore} and sign in as ${alice}. The password is all that is asked.
  2. Open ${places.identityJs} and sign in as ${alice}. The device is new: Stepward asks for a further proof, over the page.
     The code that is mailed is printed here.
  3. Sign out there and sign in again: the device is known, nothing is asked.
  4. Open ${places.amplify}/?mode=redirect and sign in as ${dan}: the page is left for the challenge, and goes on when it is back.
  5. Sign in as ${bob}: refused. As ${carol}: held, until somebody approves it.

Ctrl-C ends it; everything is forgotten.
`;

setup();
const stepward = await startStepward(Number(process.env.PORT ?? 8787), show, settingsFor(places));
const example = await startExample(places, stepward).catch(async (error: unknown) => {
  console.error(`the demonstration cannot start: ${error instanceof Error ? error.message : error}`);
  await stepward.stop();
  process.exit(1);
});
console.log(`${steps}\nSTEPWARD_MANAGEMENT_KEYS=${stepward.managementKey}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, async () => {
    await example.stop();
    await stepward.stop();
    process.exit(0);
  });
}
