import { addressGap, noAddress } from './address-gap.ts';
import { defineSignal, unknown } from './define.ts';
import { DAY, isEmpty, seenWithin } from './recent.ts';

export const ipAddress = defineSignal({
  name: 'ip.address',
  label: 'IP address',
  category: 'IP/Network',
  type: 'ip',
  needs: ['request'],
  unknownWhen: ['no-input', 'unparsable'],
  compute: (input) => input.address ?? noAddress(input),
});

export const ipIsPrivate = defineSignal({
  name: 'ip.isPrivate',
  label: 'IP is private',
  category: 'IP/Network',
  type: 'boolean',
  needs: ['request'],
  unknownWhen: ['no-input', 'unparsable'],
  compute: (input) => (input.address === undefined ? noAddress(input) : input.addressKey === undefined),
});

export const ipIsNew = defineSignal({
  name: 'ip.isNew',
  label: 'IP is unrecognized',
  category: 'IP/Network',
  type: 'boolean',
  needs: ['request', 'user'],
  unknownWhen: ['no-input', 'unparsable', 'private-address', 'cold-start'],
  compute: (input) => {
    const gap = addressGap(input);
    if (gap !== undefined) return gap;
    const known = input.user.history.addresses;
    return isEmpty(known) ? unknown('cold-start') : !seenWithin(known, input.addressKey ?? '', 90 * DAY, input.now);
  },
});
