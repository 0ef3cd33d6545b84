import { afterAll, describe, expect, it } from 'vitest';
import { catalogues } from '../../core/index.ts';
import { createDatabases, storeNames } from './support/nodes.ts';

const databases = createDatabases();
afterAll(() => databases.stop());

describe.each(storeNames)('a text put in place of ours (%s)', (name) => {
  // fails without: settings read anew for each mail
  it('stands in the next mail of every node, in the language of the user or of the tenant', async (context) => {
    const opened = await databases.nodes(name);
    if (!opened) return context.skip(`skipped: no ${name} here`);
    const { world, nodes } = opened;
    const [here, there] = nodes;
    const sent = async (email: string, locale?: string) => {
      await there.stepward.challenge({ verificationMethod: 'EMAIL_OTP', email, ...(locale && { locale }) });
      return world.mails.findLast(({ to }) => to === email);
    };
    try {
      expect((await sent('a@example.org'))?.subject).toBe(catalogues.en['mail.code.subject']);
      await here.management.updateTenant('op', { defaultLocale: 'de' });
      expect((await sent('b@example.org'))?.subject).toBe(catalogues.de['mail.code.subject']);
      await here.management.updateMessageOverrides('op', { messageOverrides: { de: { 'mail.code.subject': 'Dein Code' } } });
      expect((await sent('c@example.org'))?.subject).toBe('Dein Code');
      expect((await sent('d@example.org', 'fr'))?.subject).toBe(catalogues.fr['mail.code.subject']);

      await here.management.updateTheme('op', { productName: 'Northwind' });
      expect((await sent('e@example.org'))?.text).toContain('Northwind');

      // a notice, on the other node and in the language that the user speaks
      await there.stepward.updateUser('ann', { email: 'ann@example.org', emailVerified: true, locale: 'ja' });
      await here.management.updateMessageOverrides('op', { messageOverrides: { ja: { 'notice.subject': '変更のお知らせ' } } });
      await there.stepward.enrollVerified('ann', { verificationMethod: 'EMAIL_OTP', email: 'other@example.org' });
      expect(world.mails.at(-1)).toMatchObject({
        to: 'ann@example.org',
        subject: '変更のお知らせ',
        text: expect.stringContaining('Northwind'),
      });
    } finally {
      await opened.end();
    }
  });
});
