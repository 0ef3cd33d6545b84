import type { PolicySet } from '../policy/policies.ts';
import type { Deployment } from '../rules/lint.ts';
import { variablesOf } from '../signals/index.ts';
import { isWanted } from '../webhooks/webhook.ts';
import type { ManagementPorts } from './ports.ts';

type Data = 'country' | 'city' | 'asn' | 'tor' | 'vpn' | 'proxy' | 'relay' | 'hosting';

const anonymisers: readonly Data[] = ['tor', 'vpn', 'proxy', 'relay'];

/** Signals that rest on local data, and the data of which one is enough. */
const restsOn: Readonly<Record<string, readonly Data[]>> = {
  'ip.countryCode': ['country', 'city'],
  'ip.countryCodeInOfacList': ['country', 'city'],
  'ip.countryIsNew': ['country', 'city'],
  'ip.region': ['city'],
  'ip.city': ['city'],
  'ip.asn': ['asn'],
  'ip.asnName': ['asn'],
  'ip.asnIsNew': ['asn'],
  'ip.isTor': ['tor'],
  'ip.isVpn': ['vpn'],
  'ip.isProxy': ['proxy'],
  'ip.isRelay': ['relay'],
  'ip.isHosting': ['hosting'],
  'ip.isAnonymous': anonymisers,
  'ip.impossibleTravel': ['city'],
  'ip.atypicalTravel': ['city'],
  'travel.distanceKm': ['city'],
  'travel.speedKmh': ['city'],
};

/** What lint may count on: every variable but those whose data is not there. */
export const deploymentOf = ({ ip, emailEnabled }: Pick<ManagementPorts, 'ip' | 'emailEnabled'>, set: PolicySet): Deployment => {
  const there = ip.available();
  const names = [...variablesOf([...set.dataPoints.values()]).keys()];
  return {
    available: new Set(names.filter((name) => restsOn[name]?.some((data) => there.has(data)) ?? true)),
    emailEnabled: emailEnabled || isWanted(set, 'email.created'),
  };
};
