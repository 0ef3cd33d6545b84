import { people } from '../express-login/seed.ts';
import { startStepward } from '../express-login/stepward.ts';
import { startExample } from './start.ts';

const port = Number(process.env.DEMO_PORT ?? 3000);
const stepwardPort = Number(process.env.PORT ?? 8787);
const places = {
  identityProvider: `http://127.0.0.1:${process.env.DEMO_IDP_PORT ?? 4000}`,
  stepward: `http://localhost:${stepwardPort}`,
  app: `http://localhost:${port}`,
  api: `http://localhost:${port + 1}`,
};

const stepward = await startStepward(stepwardPort, (line) => {
  if (!line.startsWith('{')) console.log(line);
});
const example = await startExample(places, { url: stepward.url, key: stepward.managementKey }).catch(async (error: unknown) => {
  console.error(`the example cannot start: ${error instanceof Error ? error.message : error}`);
  await stepward.stop();
  process.exit(1);
});
console.log(`
An application and its API, with Stepward as the issuer of its tokens

  1. Open ${places.app} and press "Show balance". Sign in as ${people.emails[0]} with the password "${people.password}":
     that is enough for the balance.
  2. Press "Pay 2500". The API answers 401, the application asks Stepward for what it wants, and Stepward asks you. The code that is
     mailed is printed here. Then add a passkey or an authenticator app: a mailed code alone is not enough for the API.
  3. Press it again: paid at once. Five minutes later you are asked again.
  4. What the API answers without a token:
       curl -i -X POST ${places.api}/payments

Ctrl-C ends it; everything is forgotten.
`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    example.stop();
    void stepward.stop().then(() => process.exit(0));
  });
}
