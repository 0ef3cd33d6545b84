import { type SignalInput, type Unknown, unknown } from './define.ts';

/** Why nothing can be said of the client address; undefined where there is a public one. */
export const addressGap = (input: SignalInput): Unknown | undefined => {
  if (input.address === undefined) return noAddress(input);
  return input.addressKey === undefined ? unknown('private-address') : undefined;
};

/** Why there is no canonical client address: none was sent, or it could not be read. */
export const noAddress = (input: SignalInput): Unknown => unknown(isBlank(input.request.ipAddress) ? 'no-input' : 'unparsable');

/** Absent, empty or white space. */
export const isBlank = (text: string | undefined): boolean => text === undefined || text.trim() === '';
