import { statusOf } from '../../adapters/http/error-answer.ts';
import { routes } from '../../adapters/http/routes/index.ts';
import { hardStop } from '../../core/challenge/guesses.ts';
import { transitionDiagram } from '../../core/challenge/transitions.ts';
import { availableMethods, defaultConfiguration, errorCodes, type LimitName, limits, methodFacts } from '../../core/index.ts';
import { evidence, riskModelVersion } from '../../core/risk/evidence.ts';
import { comparisonOperators } from '../../core/rules/operators.ts';
import { signals } from '../../core/signals/index.ts';
import { oidcClientTable, oidcUpstreamTable } from './oidc-settings.ts';
import { code, markdownTable } from './tables.ts';

const signalTables = (): string =>
  [...new Set(signals.map(({ category }) => category))]
    .map((category) => {
      const rows = signals
        .filter((signal) => signal.category === category)
        .map(({ name, type, label, unknownWhen }) => [code(name), type, label, unknownWhen.join(', ') || 'never']);
      return `### ${category}\n\n${markdownTable(['signal', 'type', 'what it says', 'unknown when'], rows)}`;
    })
    .join('\n\n');

const evidenceTable = (): string => {
  const rows = evidence.map(({ reason, weight, group, reads }) => [code(reason), weight, group ?? '', reads.map(code).join(', ')]);
  return `Version ${riskModelVersion}.\n\n${markdownTable(['reason', 'weight', 'group', 'reads'], rows)}`;
};

const methodTable = (): string =>
  markdownTable(
    ['method', 'level', 'resists phishing', 'verifies the user', 'amr'],
    availableMethods.map((method) => {
      const { assurance, phishingResistant, verifiesUser, amr } = methodFacts[method];
      return [code(method), assurance, phishingResistant ? 'yes' : 'no', verifiesUser ? 'yes' : 'no', amr.map(code).join(', ') || 'none'];
    }),
  );

const actionSettings = (): string => {
  const { actionCode: _, createdAt: __, defaultUserActionResult: ___, ...settings } = defaultConfiguration('any', 'CHALLENGE', 0);
  return markdownTable(
    ['setting', 'unless set'],
    Object.entries(settings).map(([name, value]) => [code(name), code(JSON.stringify(value))]),
  );
};

const routeTable = (shown: (scope: string) => boolean): string =>
  markdownTable(
    ['method', 'path', 'what it does', 'SDK call'],
    routes
      .filter(({ scope }) => shown(scope))
      .map(({ method, path, summary, sdk }) => [method, code(path), summary, sdk === undefined ? '' : code(sdk)]),
  );

const errorTable = (): string => {
  const byStatus = Object.entries(Object.groupBy(errorCodes, (each) => statusOf[each]));
  return markdownTable(
    ['status', 'codes'],
    byStatus.map(([status, codes = []]) => [status, codes.map(code).join(' ')]),
  );
};

const limited: Readonly<Record<LimitName, string>> = {
  'client-token': 'client API, by token',
  'client-address': 'client API, by address',
  'page-address': 'forms of the pages, by address',
  'page-visit': 'forms of the pages, by visit',
  'host-address': 'requests of browsers to the OpenID provider, by address',
  'page-link': 'pages that links in mails lead to, by address',
};
const requestLimits = (): string =>
  markdownTable(
    ['limit', 'what is counted', 'requests', 'in'],
    Object.entries(limits).map(([name, { most, windowMs }]) => [code(name), limited[name as LimitName], most, `${windowMs / 1000} s`]),
  );

/** Right answers that there are at one time, of how many. */
const guessed = [
  ['code sent by e-mail, or typed for a magic link', 1, 1e6, '6 digits'],
  ['authenticator app', 2, 1e6, '6 digits, of this half-minute and the one before'],
  ['recovery code', 10, 2 ** 80, '10 codes of 80 bits'],
] as const;
const guessChance = (): string =>
  markdownTable(
    ['method', 'one guess', `${hardStop} guesses`, 'because'],
    guessed.map(([method, right, of, because]) => {
      const one = (guesses: number): string => {
        const among = Math.round(of / (right * guesses));
        return `1 in ${among < 1e12 ? among.toLocaleString('en') : among.toExponential(0).replace('e+', ' · 10^')}`;
      };
      return [method, one(1), one(hardStop), because];
    }),
  );

/** The parts of the docs that are written from code, by the name in their marker. */
export const generators: Readonly<Record<string, () => string>> = {
  signals: signalTables,
  evidence: evidenceTable,
  methods: methodTable,
  action_settings: actionSettings,
  transitions: () => `\`\`\`mermaid\n${transitionDiagram()}\n\`\`\``,
  operators: () =>
    markdownTable(
      ['operator', 'reads'],
      Object.entries(comparisonOperators).map(([name, types]) => [code(name), types.join(', ')]),
    ),
  server_routes: () => routeTable((scope) => scope.startsWith('server')),
  management_routes: () => routeTable((scope) => scope === 'management'),
  public_routes: () => routeTable((scope) => scope === 'public'),
  client_routes: () => routeTable((scope) => scope.startsWith('client')),
  oidc_clients: oidcClientTable,
  oidc_upstreams: oidcUpstreamTable,
  errors: errorTable,
  request_limits: requestLimits,
  guess_chance: guessChance,
};
