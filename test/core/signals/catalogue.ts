import type { SignalInput, SignalValue, UnknownCause } from '../../../core/signals/define.ts';
import { ipFactsUnknown } from '../../../core/signals/ip-facts.ts';
import type { Authenticator } from '../../../core/user.ts';
import { chrome, DAY, device, facts, fromNonsense, fromPrivate, fromPublic, given, HOUR, history, MINUTE, now, usableId } from './given.ts';

export type Case = readonly [
  signal: string,
  situation: string,
  input: SignalInput,
  expected: SignalValue | { readonly unknown: UnknownCause },
];

const as = (cause: UnknownCause) => ({ unknown: cause });
const known = { user: {}, device: device() } as const;
const agent = (change: object) => given({ request: { userAgent: 'Mozilla/5.0' }, agent: { ...chrome, ...change } });
const blankAgent = { request: { userAgent: ' ' } };
const unparsed = { request: { userAgent: 'x' }, agent: { isBot: false } };

const deviceCases: readonly Case[] = [
  ['device.isNew', 'no device record', given(), true],
  ['device.isNew', 'a record without success', given({ device: device({ firstSuccessAt: undefined }) }), true],
  ['device.isNew', 'a success', given(known), false],
  ['device.isRemembered', 'no record', given(), false],
  ['device.isRemembered', 'remembered, proven', given({ device: device({ rememberedUntil: now + 1 }), deviceProven: true }), true],
  ['device.isRemembered', 'remembered until now', given({ device: device({ rememberedUntil: now }), deviceProven: true }), false],
  ['device.isRemembered', 'remembered, only claimed', given({ device: device({ rememberedUntil: now + 1 }) }), false],
  [
    'device.isRemembered',
    'invalidated',
    given({ device: device({ rememberedUntil: now + 1, invalidatedAt: now - 1 }), deviceProven: true }),
    false,
  ],
  ['device.isProven', 'nothing presented', given(), false],
  ['device.isProven', 'a proven record', given({ device: device(), deviceProven: true }), true],
  ['device.isProven', 'vouched', given({ request: { context: { deviceVouched: true } }, claimedDeviceHash: 'c-9' }), true],
  ['device.isProven', 'vouched without usable id', given({ request: { deviceId: 'null', context: { deviceVouched: true } } }), false],
  ['device.id', 'a record', given(known), 'd-1'],
  ['device.id', 'none', given(), as('cold-start')],
  ['device.claimedId', 'sent', given({ request: { deviceId: usableId } }), usableId],
  ['device.claimedId', 'not sent', given(), as('no-input')],
  ['device.claimedId', 'blank', given({ request: { deviceId: '' } }), as('no-input')],
  ['device.claimedId', 'endless', given({ request: { deviceId: 'x'.repeat(1_025) } }), as('too-long')],
  ['device.count', 'none', given(), 0],
  [
    'device.count',
    'two of four within 90 days and valid',
    given({
      user: {
        devices: [
          device(),
          device({ lastSuccessAt: now - 90 * DAY + 1 }),
          device({ lastSuccessAt: now - 90 * DAY }),
          device({ invalidatedAt: now - DAY }),
        ],
      },
    }),
    2,
  ],
  ['device.userCount', 'counted', given({ deviceActivity: { last1m: 1, last1h: 1, last24h: 1, users90d: 4 } }), 4],
  ['device.userCount', 'none sent', given(), as('no-input')],
  ['device.userCount', 'a stand-in', given({ request: { deviceId: 'undefined' } }), as('unparsable')],
  ['device.userCount', 'not loaded', given({ request: { deviceId: usableId }, claimedDeviceHash: 'c-1' }), as('source-error')],
  ['device.ageHours', 'five days', given(known), 120],
  ['device.ageHours', 'new', given({ device: device({ firstSuccessAt: undefined }) }), as('cold-start')],
  ['device.idleHours', 'two days', given(known), 48],
  ['device.idleHours', 'a clock that lags', given({ device: device({ lastSuccessAt: now + 5 }) }), 0],
  ['device.idleHours', 'new', given(), as('cold-start')],
  ['device.userAgentChanged', 'same', given({ device: device({ browserFamily: 'Chrome', osFamily: 'Windows' }), agent: chrome }), false],
  ['device.userAgentChanged', 'browser', given({ device: device({ browserFamily: 'Firefox', osFamily: 'Windows' }), agent: chrome }), true],
  ['device.userAgentChanged', 'system', given({ device: device({ browserFamily: 'Chrome', osFamily: 'macOS' }), agent: chrome }), true],
  [
    'device.userAgentChanged',
    'one changed, one unparsed',
    given({ device: device({ browserFamily: 'Firefox', osFamily: 'Windows' }), agent: { isBot: false, browserName: 'Chrome' } }),
    true,
  ],
  [
    'device.userAgentChanged',
    'one same, one unparsed',
    given({ device: device({ browserFamily: 'Chrome', osFamily: 'Windows' }), agent: { isBot: false, browserName: 'Chrome' } }),
    as('unparsable'),
  ],
  ['device.userAgentChanged', 'new device', given({ agent: chrome }), as('cold-start')],
  ['device.userAgentChanged', 'never parsed before', given({ device: device(), agent: chrome }), as('cold-start')],
  ['device.userAgentChanged', 'no agent', given({ device: device({ browserFamily: 'Chrome' }) }), as('no-input')],
  [
    'device.languageChanged',
    'same base',
    given({ request: { locale: 'pt-BR' }, user: { history: history({ languages: { pt: now - DAY } }) } }),
    false,
  ],
  [
    'device.languageChanged',
    'another, as the browser accepts it',
    given({ request: { context: { acceptLanguage: 'DE-de,de;q=0.9' } }, user: { history: history({ languages: { pt: now - DAY } }) } }),
    true,
  ],
  [
    'device.languageChanged',
    'last seen 90 days ago',
    given({ request: { locale: 'pt' }, user: { history: history({ languages: { pt: now - 90 * DAY } }) } }),
    true,
  ],
  [
    'device.languageChanged',
    'the name of an inherited property',
    given({ request: { locale: 'valueOf' }, user: { history: history({ languages: { pt: now } }) } }),
    true,
  ],
  ['device.languageChanged', 'none', given({ user: { history: history({ languages: { pt: now } }) } }), as('no-input')],
  ['device.languageChanged', 'cold start', given({ request: { locale: 'pt' } }), as('cold-start')],
  ['device.isBot', 'a browser', agent({}), false],
  ['device.isBot', 'a bot', agent({ isBot: true }), true],
  ['device.isBot', 'dropped, address sent', given({ request: { ipAddress: '203.0.113.7' } }), true],
  ['device.isBot', 'blank, device id sent', given({ request: { userAgent: ' \t', deviceId: '' } }), true],
  ['device.isBot', 'nothing sent', given(), as('no-input')],
  ['device.isBot', 'not parsed', given({ request: { userAgent: 'Mozilla/5.0' } }), as('source-error')],
  ...(
    [
      ['device.type', 'desktop'],
      ['device.osName', 'Windows'],
      ['device.osVersion', '10'],
      ['device.osMajor', 10],
      ['device.browserName', 'Chrome'],
      ['device.browserMajor', 140],
    ] as const
  ).flatMap(([name, value]): Case[] => [
    [name, 'parsed', agent({}), value],
    [name, 'unparsed', given(unparsed), as('unparsable')],
    [name, 'no agent', given(blankAgent), as('no-input')],
  ]),
  ['device.osMajor', 'no number', agent({ osVersion: 'NT' }), as('unparsable')],
  ['device.userAgent', 'sent', given({ request: { userAgent: 'x'.repeat(1_024) } }), 'x'.repeat(1_024)],
  ['device.userAgent', 'longer', given({ request: { userAgent: 'x'.repeat(1_025) } }), as('too-long')],
  ['device.userAgent', 'blank', given(blankAgent), as('no-input')],
];

/** What every signal of a public address says where there is none. */
const noPublicAddress = (name: string): Case[] => [
  [name, 'no address', given(), as('no-input')],
  [name, 'unparsable address', given(fromNonsense), as('unparsable')],
  [name, 'private address', given(fromPrivate), as('private-address')],
];
const ipCauses = ['no-data-file', 'stale-data-file', 'not-in-data-file', 'source-error'] as const;
const noIpData = (name: string, causes: readonly UnknownCause[], change: object = {}): Case[] =>
  causes.map((cause) => [name, `data: ${cause}`, given(fromPublic({ ...change, ip: ipFactsUnknown(cause) })), as(cause)]);
const lisbon = {
  countryCode: { value: 'PT' },
  region: { value: 'Lisbon' },
  city: { value: 'Lisbon' },
  asn: { value: 64_496 },
  asnName: { value: 'Office' },
  location: { value: { latitude: 38.7223, longitude: -9.1393 } },
} as const;
const inLisbon = (rest: object = {}) => given(fromPublic({ ip: facts(lisbon), ...rest }));
const geo = { countryCode: 'de', region: 'Hesse', city: 'Frankfurt', asn: 64_497, latitude: 50.11, longitude: 8.68 };

const ipCases: readonly Case[] = [
  ['ip.address', 'canonical', given(fromPublic()), '203.0.113.7'],
  ['ip.address', 'none', given(), as('no-input')],
  ['ip.address', 'unparsable', given(fromNonsense), as('unparsable')],
  ['ip.isPrivate', 'private', given(fromPrivate), true],
  ['ip.isPrivate', 'public', given(fromPublic()), false],
  ['ip.isPrivate', 'blank', given({ request: { ipAddress: '' } }), as('no-input')],
  ['ip.isPrivate', 'unparsable', given(fromNonsense), as('unparsable')],
  ['ip.isNew', 'known', given(fromPublic({ user: { history: history({ addresses: { '203.0.113.7': now - DAY } }) } })), false],
  ['ip.isNew', 'another', given(fromPublic({ user: { history: history({ addresses: { '203.0.113.8': now - DAY } }) } })), true],
  ['ip.isNew', '90 days ago', given(fromPublic({ user: { history: history({ addresses: { '203.0.113.7': now - 90 * DAY } }) } })), true],
  ['ip.isNew', 'cold start', given(fromPublic()), as('cold-start')],
  ...noPublicAddress('ip.isNew'),
  ...(
    [
      ['ip.countryCode', 'PT', 'DE'],
      ['ip.region', 'Lisbon', 'Hesse'],
      ['ip.city', 'Lisbon', 'Frankfurt'],
      ['ip.asn', 64_496, 64_497],
      ['ip.asnName', 'Office', undefined],
    ] as const
  ).flatMap(([name, local, host]): Case[] => [
    [name, 'from local data, whatever the host says', inLisbon({ request: { ipAddress: '203.0.113.7', context: { geo } } }), local],
    [name, 'from the host', given(fromPublic({ request: { context: { geo } } })), host ?? as('no-data-file')],
    [
      name,
      'the host of a private address',
      given({ ...fromPrivate, request: { ...fromPrivate.request, context: { geo } } }),
      as('private-address'),
    ],
    ...noPublicAddress(name),
    ...noIpData(name, ipCauses),
  ]),
  [
    'ip.countryCode',
    'a host that says nonsense',
    given(fromPublic({ request: { context: { geo: { countryCode: 'Germany' } } } })),
    as('no-data-file'),
  ],
  [
    'ip.countryCodeInOfacList',
    'in it',
    inLisbon({ listHas: (alias: string, value: string) => alias === 'ofac-countries' && value === 'PT' }),
    true,
  ],
  ['ip.countryCodeInOfacList', 'not in it', inLisbon({ listHas: () => false }), false],
  ['ip.countryCodeInOfacList', 'no list', inLisbon(), as('no-data-file')],
  ...noPublicAddress('ip.countryCodeInOfacList'),
  ...noIpData('ip.countryCodeInOfacList', ipCauses, { listHas: () => false }),
  ['ip.countryIsNew', 'known', inLisbon({ user: { history: history({ countries: { PT: now - 179 * DAY } }) } }), false],
  ['ip.countryIsNew', '180 days ago', inLisbon({ user: { history: history({ countries: { PT: now - 180 * DAY } }) } }), true],
  ['ip.countryIsNew', 'cold start', inLisbon(), as('cold-start')],
  ...noPublicAddress('ip.countryIsNew'),
  ...noIpData('ip.countryIsNew', ipCauses),
  ['ip.asnIsNew', 'known', inLisbon({ user: { history: history({ asns: { '64496': now - DAY } }) } }), false],
  ['ip.asnIsNew', 'another', inLisbon({ user: { history: history({ asns: { '64497': now - DAY } }) } }), true],
  ['ip.asnIsNew', 'cold start', inLisbon(), as('cold-start')],
  ...noPublicAddress('ip.asnIsNew'),
  ...noIpData('ip.asnIsNew', ipCauses),
  ...(['isTor', 'isVpn', 'isProxy', 'isRelay', 'isHosting'] as const).flatMap((fact): Case[] => [
    [`ip.${fact}`, 'listed', given(fromPublic({ ip: facts({ [fact]: { value: true } }) })), true],
    [`ip.${fact}`, 'not listed', given(fromPublic({ ip: facts({ [fact]: { value: false } }) })), false],
    ...noPublicAddress(`ip.${fact}`),
    ...noIpData(`ip.${fact}`, ['no-data-file', 'stale-data-file', 'source-error']),
  ]),
  [
    'ip.isAnonymous',
    'one true, one failed',
    given(fromPublic({ ip: facts({ isTor: { unknown: 'source-error' }, isRelay: { value: true } }) })),
    true,
  ],
  ['ip.isAnonymous', 'one false, others not configured', given(fromPublic({ ip: facts({ isVpn: { value: false } }) })), false],
  ['ip.isAnonymous', 'hosting alone', given(fromPublic({ ip: facts({ isVpn: { value: false }, isHosting: { value: true } }) })), false],
  [
    'ip.isAnonymous',
    'none true, one stale',
    given(fromPublic({ ip: facts({ isVpn: { value: false }, isTor: { unknown: 'stale-data-file' } }) })),
    as('stale-data-file'),
  ],
  ...noPublicAddress('ip.isAnonymous'),
  ...noIpData('ip.isAnonymous', ['no-data-file', 'stale-data-file', 'source-error']),
];

const addressActivity = { last1m: 2, last1h: 30, last24h: 5_000, users1h: 21, devices1h: 7, failures1h: 3 };
const deviceActivity = { last1m: 2, last1h: 30, last24h: 5_000, users90d: 1 };
const activityCases: readonly Case[] = [
  ...(
    [
      ['ip.userCount1h', 21],
      ['ip.deviceCount1h', 7],
      ['ip.challengeFailures1h', 3],
      ['velocity.ip1m', 2],
      ['velocity.ip1h', 30],
      ['velocity.ip24h', 1_000],
    ] as const
  ).flatMap(([name, count]): Case[] => [
    [name, 'counted, to 1,000', given(fromPublic({ addressActivity })), count],
    [name, 'not loaded', given(fromPublic()), as('source-error')],
    ...noPublicAddress(name),
  ]),
  ...(
    [
      ['velocity.device1m', 2],
      ['velocity.device1h', 30],
      ['velocity.device24h', 1_000],
    ] as const
  ).flatMap(([name, count]): Case[] => [
    [name, 'counted, to 1,000', given({ deviceActivity }), count],
    [name, 'none sent', given(), as('no-input')],
    [name, 'a stand-in', given({ request: { deviceId: '00000000-0000-0000-0000-000000000000' } }), as('unparsable')],
    [name, 'not loaded', given({ claimedDeviceHash: 'c-1' }), as('source-error')],
  ]),
  ...(
    [
      ['velocity.user1m', MINUTE],
      ['velocity.user1h', HOUR],
      ['velocity.user24h', DAY],
    ] as const
  ).flatMap(([name, window]): Case[] => [
    [name, 'this track alone', given(), 1],
    [name, 'now - w < t <= now', given({ user: { tracks: { signIn: [now - window, now - window + 1, now, now + 1] } } }), 3],
    [name, 'of another action', given({ user: { tracks: { pay: [now - 1] } } }), 1],
    [name, 'to 1,000', given({ user: { tracks: { signIn: new Array<number>(1_000).fill(now) } } }), 1_000],
    [name, 'an action named as an inherited property', given({ request: { action: 'constructor' } }), 1],
  ]),
  ['challenge.failures1h', 'in the window', given({ user: { failures: [now - HOUR, now - HOUR + 1, now] } }), 2],
  ['challenge.failures24h', 'in the window', given({ user: { failures: [now - DAY, now - HOUR, now] } }), 2],
  ['challenge.consecutiveFailures', 'counted', given({ user: { consecutiveFailures: 3 } }), 3],
  ['challenge.consecutiveFailures', 'to 1,000', given({ user: { consecutiveFailures: 1_001 } }), 1_000],
];

const place = (at: number, latitude: number, longitude: number, address = '192.0.2.1') => ({ at, latitude, longitude, address });
const travelled = (hours: number) => inLisbon({ user: { history: history({ places: [place(now - hours * HOUR, 35.6762, 139.6503)] }) } });
const noReference = (name: string): Case[] => [
  [name, 'no located success', inLisbon(), as('cold-start')],
  ...noPublicAddress(name),
  ...noIpData(name, ipCauses, { user: { history: history({ places: [place(now - HOUR, 1, 1)] }) } }),
];
const threePlaces = (latitude: number) => [1, 2, 3].map((days) => place(now - days * DAY, latitude, -9.14));

const travelCases: readonly Case[] = [
  ['ip.impossibleTravel', 'Tokyo to Lisbon in 6 h', travelled(6), true],
  ['ip.impossibleTravel', 'in 24 h', travelled(24), false],
  ...noReference('ip.impossibleTravel'),
  ['ip.atypicalTravel', 'far from all', inLisbon({ user: { history: history({ places: threePlaces(60) }) } }), true],
  [
    'ip.atypicalTravel',
    'near one',
    inLisbon({ user: { history: history({ places: [...threePlaces(60), place(now, 40, -9.14)] }) } }),
    false,
  ],
  [
    'ip.atypicalTravel',
    'only two places',
    inLisbon({ user: { history: history({ places: threePlaces(60).slice(1) }) } }),
    as('cold-start'),
  ],
  ...noReference('ip.atypicalTravel'),
  [
    'travel.distanceKm',
    'the same address',
    inLisbon({ user: { history: history({ places: [place(now - HOUR, 1, 1, '203.0.113.7')] }) } }),
    0,
  ],
  ...noReference('travel.distanceKm'),
  ['travel.speedKmh', 'the same address', inLisbon({ user: { history: history({ places: [place(now, 1, 1, '203.0.113.7')] }) } }), 0],
  ...noReference('travel.speedKmh'),
];

const authenticator = (change: Partial<Authenticator>): Authenticator => ({
  userAuthenticatorId: 'a-1',
  verificationMethod: 'PASSKEY',
  createdAt: now - 9 * DAY,
  ...change,
});
/** `near` of `all` successes at noon, the others at midnight. */
const times = (all: number, near: number) => Array.from({ length: all }, (_, index) => now - 80 * DAY + (index < near ? 0 : 12 * HOUR));
const mail = (email: string, disposable: readonly string[] = []) =>
  given({ request: { email }, listHas: (alias, value) => alias === 'disposable-domains' && disposable.includes(value) });
const phone = (phoneNumber: string) => given({ request: { phoneNumber } });

const userCases: readonly Case[] = [
  ['user.id', 'as sent', given({ request: { userId: 'ﬁ' } }), 'ﬁ'],
  ['user.isEnrolled', 'none', given(), false],
  ['user.isEnrolled', 'recovery codes alone', given({ enrolledMethods: ['RECOVERY_CODE'] }), false],
  ['user.isEnrolled', 'a passkey', given({ enrolledMethods: ['PASSKEY'] }), true],
  ['user.verificationMethods', 'theirs', given({ enrolledMethods: ['PASSKEY', 'EMAIL_OTP'] }), ['PASSKEY', 'EMAIL_OTP']],
  ['user.hasPreviouslyVerified', 'never', given(), false],
  ['user.hasPreviouslyVerified', 'once', given({ user: { hasPreviouslyVerified: true } }), true],
  ['user.ageDays', 'ten', given(), 10],
  ['user.idleDays', 'a day and a half', given({ user: { history: history({ times: [now - 3 * DAY, now - 1.5 * DAY] }) } }), 1.5],
  ['user.idleDays', 'cold start', given(), as('cold-start')],
  ['user.lastChallengeMinutes', 'on this device', given({ device: device({ lastChallengeAt: now - 90_000 }) }), 1.5],
  ['user.lastChallengeMinutes', 'on another', given({ device: device(), user: { lastConsumedChallengeAt: now } }), as('cold-start')],
  [
    'user.authenticatorAddedHours',
    'the newest that was verified',
    given({
      user: {
        authenticators: [authenticator({ verifiedAt: now - 2 * HOUR }), authenticator({ verifiedAt: now - 3 * HOUR }), authenticator({})],
      },
    }),
    2,
  ],
  ['user.authenticatorAddedHours', 'none', given({ user: { authenticators: [authenticator({})] } }), as('cold-start')],
  ['user.unusualHour', 'never at this hour', given({ user: { history: history({ times: times(20, 0) }) } }), true],
  ['user.unusualHour', '1 of 50', given({ user: { history: history({ times: times(50, 1) }) } }), false],
  ['user.unusualHour', '1 of 51', given({ user: { history: history({ times: times(51, 1) }) } }), true],
  [
    'user.unusualHour',
    '2 h off, over midnight',
    given({ now: now + 11 * HOUR, user: { history: history({ times: times(20, 0).map((t) => t + HOUR) }) } }),
    false,
  ],
  ['user.unusualHour', 'fewer than 20', given({ user: { history: history({ times: times(19, 0) }) } }), as('cold-start')],
  [
    'user.unusualHour',
    'too old',
    given({ user: { history: history({ times: times(20, 0).map((t) => t - 11 * DAY) }) } }),
    as('cold-start'),
  ],
  ['user.email', 'of the request first', given({ request: { email: 'a@x.test' }, user: { email: 'b@x.test' } }), 'a@x.test'],
  ['user.email', 'as known', given({ user: { email: 'b@x.test' } }), 'b@x.test'],
  ['user.email', 'none', given(), as('no-input')],
  ['user.phoneNumber', 'as known', given({ user: { phoneNumber: '+351910000000' } }), '+351910000000'],
  ['user.phoneNumber', 'none', given(), as('no-input')],
  ['user.emailDomain', 'lower case', mail('a@Example.COM'), 'example.com'],
  ['user.emailDomain', 'IDNA', mail('a@bücher.example'), 'xn--bcher-kva.example'],
  ['user.emailDomain', 'no domain', mail('a'), as('unparsable')],
  ['user.emailDomain', 'no host', mail('a@ü/b'), as('unparsable')],
  ['user.emailDomain', 'none', given(), as('no-input')],
  ['user.emailIsDisposable', 'listed', mail('a@trash.test', ['trash.test']), true],
  ['user.emailIsDisposable', 'a parent is', mail('a@a.b.trash.test', ['trash.test']), true],
  ['user.emailIsDisposable', 'a lookalike', mail('a@nottrash.test', ['trash.test']), false],
  ['user.emailIsDisposable', 'no list', given({ request: { email: 'a@x.test' } }), as('no-data-file')],
  ['user.emailIsDisposable', 'no domain', mail('a'), as('unparsable')],
  ['user.emailIsDisposable', 'none', given(), as('no-input')],
  ['user.phoneCountryCode', 'three digits', phone('+351910000000'), 'PT'],
  ['user.phoneCountryCode', 'two digits', phone('+491700000000'), 'DE'],
  ['user.phoneCountryCode', 'shared +1', phone('+12025550100'), as('not-in-data-file')],
  ['user.phoneCountryCode', 'shared +7', phone('+79000000000'), as('not-in-data-file')],
  ['user.phoneCountryCode', 'no E.164', phone('0351910000000'), as('unparsable')],
  ['user.phoneCountryCode', 'none', given(), as('no-input')],
];

const context = (value: SignalInput['request']['context']) => given({ request: { context: value } });
const requestCases: readonly Case[] = [
  ...(
    [
      ['request.enforcementPoint', { adapter: 'keycloak' }, 'keycloak'],
      ['request.clientId', { clientId: 'ﬁnance' }, 'finance'],
      ['request.flow', { flow: 'silent' }, 'silent'],
      ['request.roles', { roles: ['ﬁ'] }, ['fi']],
      ['request.groups', { groups: ['a', 'b'] }, ['a', 'b']],
      ['request.methods', { authenticationMethods: [{ method: 'pwd' }, { method: 'otp' }] }, ['pwd', 'otp']],
      ['request.hostRiskLevel', { hostRisk: { source: 'host', level: 'high' } }, 'high'],
      ['request.hostRiskScore', { hostRisk: { source: 'host', score: 0.5 } }, 0.5],
    ] as const
  ).flatMap(([name, sent, value]): Case[] => [
    [name, 'sent', context(sent), value],
    [name, 'not sent', context({}), as('no-input')],
    [name, 'no context', given(), as('no-input')],
  ]),
  ['request.hostRiskScore', 'not finite', context({ hostRisk: { source: 'host', score: Number.NaN } }), as('no-input')],
  ['time.hour', 'noon', given(), 12],
  ['time.hour', 'before midnight', given({ now: now + 12 * HOUR - 1 }), 23],
  ['time.weekday', 'Wednesday', given(), 3],
  ['time.weekday', 'Sunday', given({ now: now + 4 * DAY }), 7],
  ['time.weekday', 'Monday', given({ now: now + 4.5 * DAY }), 1],
];

export const cases: readonly Case[] = [...deviceCases, ...ipCases, ...activityCases, ...travelCases, ...userCases, ...requestCases];
