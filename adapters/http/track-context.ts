import { amount, anything, type Field, flag, group, listOf, oneOf, text } from './fields.ts';

const name = text(255);
const names = listOf(text(255), 256);

const authenticationMethod = group(
  { method: text(64, 1), at: text(64), channel: oneOf('email', 'sms', 'app') },
  '/context/authenticationMethods',
  ['method'],
);

const hostRisk = group(
  { source: text(64, 1), level: oneOf('low', 'medium', 'high'), score: amount(-1e9, 1e9), signals: anything },
  '/context/hostRisk',
  ['source'],
);

const geo = group(
  {
    countryCode: text(2),
    region: name,
    city: name,
    latitude: amount(-90, 90),
    longitude: amount(-180, 180),
    asn: amount(0, 4_294_967_295),
  },
  '/context/geo',
);

/** What the host knows of the login around this action. */
export const context: Field = group(
  {
    adapter: text(64),
    adapterVersion: text(64),
    clientId: name,
    protocol: text(64),
    flow: oneOf('interactive', 'silent', 'refresh', 'direct', 'recovery'),
    canRedirect: flag,
    requestedAcr: listOf(text(255, 1), 20),
    maxAge: amount(0, 1e10),
    authenticationMethods: listOf(authenticationMethod, 20),
    challengedBy: oneOf('host'),
    hostRisk,
    geo,
    tls: group({ ja3: name, ja4: name }, '/context/tls'),
    acceptLanguage: text(1024),
    roles: names,
    groups: names,
    deviceVouched: flag,
    deferSignals: flag,
    undecided: group({ proceeded: amount(0, 1e6), refused: amount(0, 1e6) }, '/context/undecided'),
  },
  '/context',
);
