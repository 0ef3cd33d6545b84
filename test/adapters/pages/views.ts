import type { AuthenticatorView, CeremonyView, DisplayItem, MethodChoice, Subject, View } from '../../../core/index.ts';

export const noon = Date.UTC(2026, 10, 14, 14, 2);
export const minutes = (count: number) => noon + count * 60_000;

export const subject = (changes: Partial<Subject> = {}): Subject => ({
  applicationName: 'Northwind Bank',
  action: 'signIn',
  account: 'a•••@e•••.org',
  display: [],
  asked: { browser: 'Chrome', os: 'macOS', city: 'Lisbon', country: 'PT', at: noon },
  expiresAt: minutes(10),
  ...changes,
});

export const payment: readonly DisplayItem[] = [
  { label: 'Amount', type: 'money', value: { minor: 250_000, currency: 'EUR' } },
  { label: 'To', value: 'Maria Ferreira' },
  { label: 'Account', type: 'account', value: 'PT50 •••• 3154' },
  { label: 'On', type: 'date', value: '2026-11-16' },
];

export const passkey: MethodChoice = { method: 'PASSKEY', needsScript: true };
export const securityKey: MethodChoice = { method: 'SECURITY_KEY', needsScript: true };
export const app: MethodChoice = { method: 'AUTHENTICATOR_APP', needsScript: false };
export const email: MethodChoice = { method: 'EMAIL_OTP', destination: 'a•••@e•••.org', needsScript: false };
export const link: MethodChoice = { method: 'EMAIL_MAGIC_LINK', destination: 'a•••@e•••.org', needsScript: false };
export const recovery: MethodChoice = { method: 'RECOVERY_CODE', needsScript: false };

export const ceremony = (changes: Partial<CeremonyView> = {}): CeremonyView => ({
  challengeId: 'challenge-1',
  method: 'EMAIL_OTP',
  purpose: 'verify',
  destination: 'a•••@e•••.org',
  expiresAt: minutes(5),
  resendAt: noon - 1,
  triesLeft: 3,
  ...changes,
});

type Ceremony = Extract<View, { page: 'ceremony' }>;

const open = (changes: Partial<CeremonyView>, about: Partial<Ceremony> = {}): Ceremony => ({
  page: 'ceremony',
  subject: subject(),
  ceremony: ceremony(changes),
  others: [app, recovery],
  canRemember: false,
  ...about,
});

const request = { challenge: 'Y2hhbGxlbmdlLWNoYWxsZW5nZQ', rpId: 'localhost', timeout: 300_000, userVerification: 'required' };
const creation = {
  challenge: 'Y2hhbGxlbmdlLWNoYWxsZW5nZQ',
  rp: { id: 'localhost', name: 'Northwind Bank' },
  user: { id: 'dXNlci1oYW5kbGUtMDAwMQ', name: 'a•••@e•••.org', displayName: 'a•••@e•••.org' },
  pubKeyCredParams: [-7, -257].map((alg) => ({ type: 'public-key', alg })),
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
};
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const uri = `otpauth://totp/Northwind%20Bank:a%E2%80%A2%E2%80%A2%E2%80%A2%40e%E2%80%A2%E2%80%A2%E2%80%A2.org?secret=${secret}&issuer=Northwind%20Bank`;

const codes = [
  'K7QM-2XFD-P3VH-7WTN',
  'ARJC-L4YB-M6ZE-T2KS',
  'D5GA-5UQX-H2PN-V7CR',
  'X4BL-EBMJ-Q3YS-K3ZG',
  'W2FD-6HTA-NC4P-ZL7E',
  'BQ5R-YX3K-2MVG-UJ6S',
  'T7ZN-DP4C-LW5H-F3QA',
  'G6KE-R2BY-7XMS-VN4J',
  'C3PU-WA6T-Q5ZL-H2FD',
  'Y4SV-JM7G-NB3X-E6KR',
];

const own = (about: Partial<AuthenticatorView> & Pick<AuthenticatorView, 'method'>): AuthenticatorView => ({
  userAuthenticatorId: `a-${about.method}`,
  createdAt: noon - 90 * 86_400_000,
  isDefault: false,
  canBeNamed: false,
  canBeRemoved: true,
  ...about,
});

/** Every kind of page that a visit can show, with the data that each usually has. */
export const views = {
  choose: { page: 'choose', subject: subject(), methods: [passkey, app, email, recovery], defaultMethod: 'PASSKEY' },
  chooseAction: { page: 'choose', subject: subject({ action: 'change-email' }), methods: [email, app], defaultMethod: 'EMAIL_OTP' },
  chooseWaiting: {
    page: 'choose',
    subject: subject(),
    methods: [app, passkey],
    defaultMethod: 'AUTHENTICATOR_APP',
    waitUntil: noon + 30_000,
  },
  transaction: {
    page: 'choose',
    subject: subject({ action: 'withdraw-funds', display: payment }),
    methods: [passkey, app],
    defaultMethod: 'PASSKEY',
  },
  transactionPasskey: open(
    { method: 'PASSKEY', destination: undefined, resendAt: undefined, shown: request },
    { subject: subject({ action: 'withdraw-funds', display: payment }), others: [app] },
  ),
  transactionCode: open({}, { subject: subject({ action: 'withdraw-funds', display: payment }) }),
  emailCode: open({}),
  emailLink: open({ method: 'EMAIL_MAGIC_LINK', expiresAt: minutes(10) }),
  emailLinkElsewhere: open({ method: 'EMAIL_MAGIC_LINK', expiresAt: minutes(10), pressedElsewhere: true }, { canRemember: true }),
  emailLinkOver: open({ method: 'EMAIL_MAGIC_LINK', expiresAt: noon - 1 }),
  transactionLink: open({ method: 'EMAIL_MAGIC_LINK' }, { subject: subject({ action: 'withdraw-funds', display: payment }) }),
  appCode: open({ method: 'AUTHENTICATOR_APP', destination: undefined, resendAt: undefined }, { canRemember: true, others: [passkey] }),
  appWaiting: open({ method: 'AUTHENTICATOR_APP', destination: undefined, resendAt: undefined }, { waitUntil: noon + 30_000 }),
  recoveryCode: open({ method: 'RECOVERY_CODE', destination: undefined, resendAt: undefined }, { others: [app] }),
  passkey: open({ method: 'PASSKEY', destination: undefined, resendAt: undefined, shown: request }, { canRemember: true }),
  passkeyAlone: open({ method: 'PASSKEY', destination: undefined, resendAt: undefined, shown: request }, { others: [] }),
  securityKey: open(
    { method: 'SECURITY_KEY', destination: undefined, resendAt: undefined, shown: { ...request, userVerification: 'discouraged' } },
    { others: [passkey, app] },
  ),
  proveContact: { page: 'prove-contact', subject: subject(), method: 'EMAIL_OTP', destination: 'a•••@e•••.org' },
  proveContactLink: { page: 'prove-contact', subject: subject(), method: 'EMAIL_MAGIC_LINK', destination: 'a•••@e•••.org' },
  proveContactCode: open({ purpose: 'prove-contact' }, { others: [] }),
  enroll: { page: 'enroll', subject: subject(), methods: [passkey, securityKey, app, link], optional: false },
  enrollOptional: { page: 'enroll', subject: subject(), methods: [passkey, app], optional: true },
  enrollPasskey: open(
    { method: 'PASSKEY', purpose: 'enroll', destination: undefined, resendAt: undefined, shown: creation },
    { others: [app] },
  ),
  enrollSecurityKey: open(
    { method: 'SECURITY_KEY', purpose: 'enroll', destination: undefined, resendAt: undefined, shown: creation },
    { others: [passkey, app] },
  ),
  enrollApp: open(
    { method: 'AUTHENTICATOR_APP', purpose: 'enroll', destination: undefined, resendAt: undefined, shown: { uri, secret } },
    { others: [passkey] },
  ),
  recoveryCodes: { page: 'recovery-codes', subject: subject(), codes },
  otherDevice: open({ method: 'PUSH', destination: undefined, resendAt: undefined }),
  blocked: { page: 'blocked', reference: 'SW-7K3Q-91', applicationName: 'Northwind Bank', canLeave: true },
  review: { page: 'review', reference: 'SW-7K3Q-91', applicationName: 'Northwind Bank', canLeave: true },
  expired: { page: 'expired', applicationName: 'Northwind Bank', canLeave: false },
  noWay: { page: 'no-way', subject: subject() },
  waiting: { page: 'waiting', subject: subject(), until: noon + 26 * 3_600_000 },
  settings: {
    page: 'settings',
    subject: subject({ action: 'account-settings' }),
    authenticators: [
      own({ method: 'PASSKEY', name: 'MacBook of Ana', canBeNamed: true, isDefault: true, lastUsedAt: noon - 86_400_000 }),
      own({ method: 'AUTHENTICATOR_APP', lastUsedAt: noon - 40 * 86_400_000 }),
      own({ method: 'EMAIL_OTP', destination: 'a•••@e•••.org' }),
    ],
    codesLeft: 9,
    methods: [passkey],
    devices: [
      { deviceId: 'd-1', browser: 'Chrome', os: 'macOS', lastUsedAt: noon, rememberedUntil: noon + 20 * 86_400_000, isThis: true },
      { deviceId: 'd-2', browser: 'Firefox', os: 'Linux', lastUsedAt: noon - 9 * 86_400_000, isThis: false },
      { deviceId: 'd-3', lastUsedAt: noon - 200 * 86_400_000, isThis: false },
    ],
    moreDevices: 2,
  },
  settingsLast: {
    page: 'settings',
    subject: subject({ action: 'account-settings' }),
    authenticators: [own({ method: 'AUTHENTICATOR_APP', canBeRemoved: false })],
    methods: [passkey, email],
    devices: [],
    moreDevices: 0,
  },
} as const satisfies Readonly<Record<string, View>>;

export type ViewName = keyof typeof views;
export const viewNames = Object.keys(views) as readonly ViewName[];
