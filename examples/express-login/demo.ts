import { Authsignal } from '@authsignal/node';
import { createAccounts } from './accounts.ts';
import { createApp } from './app.ts';
import { configure, openAccounts, people } from './seed.ts';
import { startStepward } from './stepward.ts';

const stepwardPort = Number(process.env.PORT ?? 8787);
const port = Number(process.env.DEMO_PORT ?? 3000);
const url = `http://localhost:${port}`;

/** Log records are for machines; mails and plain lines are for whoever watches. */
const show = (line: string): void => {
  if (!line.startsWith('{')) console.log(line);
};

const steps = (stepward: string): string => `
Harbour Bank, a demonstration of Stepward:  ${url}

  1. Sign in as ${people.emails[0]} with the password "${people.password}".
     The browser is new: you are asked to step up. The code that is mailed is printed here.
     Then you get recovery codes, once.
  2. Sign out and sign in again: the device is known, nothing is asked.
  3. Sign in and pretend to come from a VPN or from Tor: asked again.
  4. Withdraw 100: done. Withdraw 2500: asked, and the page shows amount and payee.
     (Mail goes out every 30 seconds at most: wait if you were quick.)
  5. See what was decided and why, or change the rules:
       npm run stepward -- rules list signIn
     with STEPWARD_URL=${stepward} and the management key below.

Ctrl-C ends it; everything is forgotten.
`;

const stepward = await startStepward(stepwardPort, show);
const authsignal = new Authsignal({ apiSecretKey: stepward.serverKey, apiUrl: `${stepward.url}/v1` });
const accounts = createAccounts();
await configure({ url: stepward.url, key: stepward.managementKey });
await openAccounts(accounts, authsignal);

const server = createApp({ authsignal, url, accounts }).listen(port, 'localhost', (error) => {
  if (error) {
    console.error(`the demonstration cannot listen on port ${port}: ${error.message}`);
    void stepward.stop().then(() => process.exit(1));
  } else console.log(`${steps(stepward.url)}\nSTEPWARD_MANAGEMENT_KEYS=${stepward.managementKey}\n`);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    void stepward.stop().then(() => process.exit(0));
  });
}
