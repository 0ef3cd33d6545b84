import type { RequestContext } from '../request.ts';
import { defineSignal, type SignalType, type SignalValue, unknown } from './define.ts';

const fromContext = (name: string, label: string, type: SignalType, part: (context: RequestContext) => SignalValue | undefined) =>
  defineSignal({
    name: `request.${name}`,
    label,
    category: 'Request',
    type,
    needs: ['request'],
    unknownWhen: ['no-input'],
    compute: ({ request: { context } }) => (context === undefined ? undefined : part(context)) ?? unknown('no-input'),
  });

const canonical = (texts: readonly string[] | undefined): readonly string[] | undefined => texts?.map((text) => text.normalize('NFKC'));

export const requestEnforcementPoint = fromContext('enforcementPoint', 'Enforcement point', 'string', (c) => c.adapter?.normalize('NFKC'));
export const requestClientId = fromContext('clientId', 'Client of the identity provider', 'string', (c) => c.clientId?.normalize('NFKC'));
export const requestFlow = fromContext('flow', 'Kind of flow', 'string', (c) => c.flow);
export const requestRoles = fromContext('roles', 'Roles at the host', 'strings', (c) => canonical(c.roles));
export const requestGroups = fromContext('groups', 'Groups at the host', 'strings', (c) => canonical(c.groups));
export const requestMethods = fromContext('methods', 'Methods the host saw', 'strings', (c) =>
  canonical(c.authenticationMethods?.map(({ method }) => method)),
);
export const requestHostRiskLevel = fromContext('hostRiskLevel', "Host's risk level", 'string', (c) => c.hostRisk?.level);
export const requestHostRiskScore = fromContext('hostRiskScore', "Host's risk score", 'number', (c) =>
  Number.isFinite(c.hostRisk?.score) ? c.hostRisk?.score : undefined,
);
