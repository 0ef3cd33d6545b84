import type { Message } from '../ports/delivery.ts';
import type { User } from '../user.ts';

const names: Readonly<Record<string, string>> = {
  PASSKEY: 'A passkey',
  SECURITY_KEY: 'A security key',
  AUTHENTICATOR_APP: 'An authenticator app',
  EMAIL_OTP: 'An e-mail address',
  RECOVERY_CODE: 'A recovery code',
};

export type NoticeKind = 'added' | 'removed' | 'recovery-code-used' | 'reset';

const sentences: Readonly<Record<NoticeKind, (method: string) => string>> = {
  added: (method) => `${method} was added to your account.`,
  removed: (method) => `${method} was removed from your account.`,
  'recovery-code-used': () => 'A recovery code was used to sign in to your account.',
  reset: () => 'The ways to confirm that it is you were reset by an operator.',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Tells the user's other contacts of a change; none where the only contact is the one that changed. */
export const notice = (
  user: User,
  change: {
    readonly kind: NoticeKind;
    readonly method: string;
    readonly email?: string;
    readonly applicationName: string;
    readonly browser?: string;
    readonly sendId: string;
    readonly reportUrl: string;
    readonly now: number;
  },
): Message | undefined => {
  const to = user.vouchedEmail ?? user.email;
  if (!to || to === change.email) return undefined;
  const what = sentences[change.kind](names[change.method] ?? 'A way to confirm that it is you');
  const lines = [
    what,
    `When: ${new Date(change.now).toUTCString()}${change.browser ? `, from ${change.browser}` : ''}.`,
    'If this was not you, say so here:',
  ];
  return {
    channel: 'email',
    to,
    sendId: change.sendId,
    subject: 'A change to how you confirm that it is you',
    text: [change.applicationName, '', ...lines, change.reportUrl].join('\n'),
    html: `<p><strong>${escapeHtml(change.applicationName)}</strong></p>${lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('')}<p><a href="${escapeHtml(change.reportUrl)}">This was not me</a></p>`,
  };
};
