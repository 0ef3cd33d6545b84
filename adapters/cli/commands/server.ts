import type { Command } from '../command.ts';

/** What runs on the machine of the database, and loads the server to do so. */
export const serverCommands: readonly Command[] = [
  {
    usage: 'start',
    summary: 'the server, by the settings in the environment',
    run: async () => {
      const { main } = await import('../../server/main.ts');
      await main();
    },
  },
  {
    usage: 'restored',
    summary: 'after a restore of the database: what was open then is dead',
    run: async ({ env, print }) => {
      const { restored } = await import('../../server/restored.ts');
      const epoch = await restored(env);
      print(`restored: challenges, tickets and tokens from before ${new Date(epoch * 1000).toISOString()} are dead`);
    },
  },
];
