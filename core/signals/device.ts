import { defineSignal, type SignalInput, unknown } from './define.ts';

/** Operators that may read an identifier. */
export const identifierOperators: readonly string[] = ['==', 'in', 'inList'];

/** No success with any id that was presented. INVARIANT: no usable id is a new device. */
export const isNewDevice = (input: SignalInput): boolean => input.device?.firstSuccessAt === undefined;

export const deviceIsNew = defineSignal({
  name: 'device.isNew',
  label: 'Device is new',
  category: 'Device',
  type: 'boolean',
  needs: ['request', 'user'],
  unknownWhen: [],
  compute: isNewDevice,
});

export const deviceIsRemembered = defineSignal({
  name: 'device.isRemembered',
  label: 'Device is remembered',
  category: 'Device',
  type: 'boolean',
  needs: ['request', 'user'],
  unknownWhen: [],
  compute: ({ device, deviceProven, now }) =>
    deviceProven && device !== undefined && device.invalidatedAt === undefined && (device.rememberedUntil ?? 0) > now,
});

export const deviceIsProven = defineSignal({
  name: 'device.isProven',
  label: 'Device is proven',
  category: 'Device',
  type: 'boolean',
  needs: ['request'],
  unknownWhen: [],
  compute: (input) => input.deviceProven || (input.request.context?.deviceVouched === true && input.claimedDeviceHash !== undefined),
});

export const deviceId = defineSignal({
  name: 'device.id',
  label: 'Device id',
  category: 'Device',
  type: 'string',
  needs: ['request', 'user'],
  unknownWhen: ['cold-start'],
  operators: identifierOperators,
  compute: ({ device }) => device?.deviceId ?? unknown('cold-start'),
});

export const deviceClaimedId = defineSignal({
  name: 'device.claimedId',
  label: 'Device id as sent',
  category: 'Device',
  type: 'string',
  needs: ['request'],
  unknownWhen: ['no-input', 'too-long'],
  operators: identifierOperators,
  sensitive: true,
  compute: ({ request }) => {
    if (request.deviceId === undefined || request.deviceId === '') return unknown('no-input');
    return request.deviceId.length > 1_024 ? unknown('too-long') : request.deviceId;
  },
});
