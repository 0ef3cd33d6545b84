import { compose } from '../../adapters/server/compose.ts';
import { parseEnvironment } from '../../adapters/server/environment.ts';

/** Stores instances by tracking them in process: `users` users, `hot` of the tracks from one address. */
export const fill = async (
  env: Readonly<Record<string, string>>,
  { stored, users, hot }: { readonly stored: number; readonly users: number; readonly hot: number },
): Promise<void> => {
  const composed = await compose(parseEnvironment(env, false), {
    now: Date.now,
    warn: () => undefined,
    observe: () => undefined,
    write: () => undefined,
  });
  let next = 0;
  const one = (): Promise<unknown> => {
    const n = next++;
    const user = n % users;
    return composed.stepward.track({
      userId: `user-${user}`,
      action: 'load',
      deviceId: `device-${String(user).padStart(8, '0')}-${(n % 4) + 1}-0000`,
      email: `user${user}@example.org`,
      ipAddress: n < hot ? '203.0.113.77' : `203.0.${user % 200}.${(user % 250) + 1}`,
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      custom: { withdrawalAmount: n % 3000 },
    });
  };
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (next < stored) await one();
    }),
  );
  while ((await composed.store.drainOutbox(5_000, () => ({ ruleDays: [] }))).length > 0);
  await composed.close();
};
