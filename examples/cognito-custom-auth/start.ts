import type { Server } from 'node:http';
import type { Express } from 'express';
import { createApp } from './app.ts';
import { configure } from './policy.ts';
import { startPoolBefore, startPoolWithTriggers } from './user-pool.ts';

/** Where the applications are, each as it was and with its diff. */
export type Places = Readonly<Record<'identityJsBefore' | 'identityJs' | 'amplifyBefore' | 'amplify', string>>;

/** What Stepward is told of them: who may show its pages in a frame. */
export const settingsFor = ({ identityJs, amplify }: Places) => ({ STEPWARD_FRAME_ANCESTORS: `${identityJs},${amplify}` });

const listen = (app: Express, origin: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const { port, hostname } = new URL(origin);
    const server = app.listen(Number(port), hostname, (error) => (error ? reject(error) : resolve(server)));
  });

/** Starts both user pools and the four applications, for a Stepward that runs. */
export const startExample = async (
  places: Places,
  stepward: { readonly url: string; readonly serverKey: string; readonly managementKey: string },
): Promise<{ stop(): Promise<void> }> => {
  await configure({ url: stepward.url, key: stepward.managementKey });
  const before = await startPoolBefore();
  const after = await startPoolWithTriggers(stepward, { identityJs: `${places.identityJs}/`, amplify: `${places.amplify}/` });
  const apps = [
    { title: 'Harbour as it was', file: 'identity-js/app.js', at: places.identityJsBefore, pool: before, client: 'app' },
    { title: 'Harbour', file: 'identity-js/app.step-up.js', at: places.identityJs, pool: after, client: 'identityJs' },
    { title: 'Harbour as it was', file: 'amplify/app.js', at: places.amplifyBefore, pool: before, client: 'app' },
    { title: 'Harbour', file: 'amplify/app.step-up.js', at: places.amplify, pool: after, client: 'amplify' },
  ] as const;
  const servers = await Promise.all(
    apps.map(async ({ title, file, at, pool, client }) =>
      listen(
        await createApp(title, file, {
          userPoolId: pool.poolId,
          clientId: pool.client(client).id,
          endpoint: pool.url,
          challengeOrigin: new URL(stepward.url).origin,
        }),
        at,
      ),
    ),
  );
  return {
    stop: async () => {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      await Promise.all([before.stop(), after.stop()]);
    },
  };
};
