import { Authsignal } from '@authsignal/node';
import { startStepward } from '../express-login/stepward.ts';
import { createApp } from './app.ts';

const port = Number(process.env.DEMO_PORT ?? 3000);
const stepward = await startStepward(Number(process.env.PORT ?? 8787), (line) => {
  if (!line.startsWith('{')) console.log(line);
});
const authsignal = new Authsignal({ apiSecretKey: stepward.serverKey, apiUrl: `${stepward.url}/v1` });
await authsignal.updateUser({ userId: 'ada', attributes: { email: 'ada@example.org', emailVerified: true } });

const app = await createApp({ authsignal, stepward: stepward.url, tenantId: stepward.tenantId });
// another site than Stepward's `localhost`, as yours will be
const server = app.listen(port, '127.0.0.1', () =>
  console.log(`\nA challenge over the page: http://127.0.0.1:${port} (codes are printed here)\n`),
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
    void stepward.stop().then(() => process.exit(0));
  });
}
