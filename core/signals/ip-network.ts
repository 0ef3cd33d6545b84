import type { Fact } from '../ports/ip-intelligence.ts';
import { addressGap } from './address-gap.ts';
import { defineSignal, type SignalInput, type UnknownCause, unknown } from './define.ts';

const causes: readonly UnknownCause[] = ['no-input', 'unparsable', 'private-address', 'no-data-file', 'stale-data-file', 'source-error'];

type NetworkFact = 'isTor' | 'isVpn' | 'isProxy' | 'isRelay' | 'isHosting';

const networkSignal = (fact: NetworkFact, label: string) =>
  defineSignal({
    name: `ip.${fact}`,
    label,
    category: 'IP/Network',
    type: 'boolean',
    needs: ['request', 'ip-data'],
    unknownWhen: causes,
    compute: (input) => {
      const gap = addressGap(input);
      if (gap !== undefined) return gap;
      const listed: Fact<boolean> = input.ip[fact];
      return 'value' in listed ? listed.value : unknown(listed.unknown);
    },
  });

export const ipIsTor = networkSignal('isTor', 'IP is a Tor exit');
export const ipIsVpn = networkSignal('isVpn', 'IP is a VPN');
export const ipIsProxy = networkSignal('isProxy', 'IP is a proxy');
export const ipIsRelay = networkSignal('isRelay', 'IP is a privacy relay');
export const ipIsHosting = networkSignal('isHosting', 'IP is of a hosting network');

const anonymizers = ['isTor', 'isVpn', 'isProxy', 'isRelay'] as const;

/** Some configured list of anonymizers has this address. */
export const isKnownAnonymous = (ip: SignalInput['ip']): boolean =>
  anonymizers.some((fact) => {
    const listed = ip[fact];
    return 'value' in listed && listed.value;
  });

export const ipIsAnonymous = defineSignal({
  name: 'ip.isAnonymous',
  label: 'IP is anonymous',
  category: 'IP/Network',
  type: 'boolean',
  needs: ['request', 'ip-data'],
  unknownWhen: causes,
  compute: (input) => {
    const gap = addressGap(input);
    if (gap !== undefined) return gap;
    if (isKnownAnonymous(input.ip)) return true;
    let configured = false;
    for (const fact of anonymizers) {
      const listed = input.ip[fact];
      if ('value' in listed) configured = true;
      // A list that this deployment never had says nothing; one that failed might have said yes.
      else if (listed.unknown !== 'no-data-file') return unknown(listed.unknown);
    }
    return configured ? false : unknown('no-data-file');
  },
});
