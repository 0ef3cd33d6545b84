/// <reference lib="dom" />
import { randomId } from './random.ts';

const slot = 'stepward.device';
const deviceForm = /^[\w.:-]{16,128}$/;

/** Absent where nothing can be kept: an id that changes at each sign-in is worse than none. */
const deviceId = (): string | undefined => {
  try {
    const kept = localStorage.getItem(slot);
    if (kept !== null && deviceForm.test(kept)) return kept;
    const made = randomId();
    localStorage.setItem(slot, made);
    return localStorage.getItem(slot) === made ? made : undefined;
  } catch {
    return undefined;
  }
};

/**
 * What the triggers may know of this browser, which Cognito does not show them: an id that is made once and kept in `localStorage`, the user
 * agent and the language. Send it as `ClientMetadata` with every call of the sign-in. They are claims: they make a device known, never proven.
 */
export const clientMetadata = (): Record<string, string> => {
  const device = deviceId();
  return {
    ...(device !== undefined && { stepward_device: device }),
    stepward_user_agent: navigator.userAgent.slice(0, 1024),
    ...(/^[A-Za-z\d-]{1,64}$/.test(navigator.language) && { stepward_locale: navigator.language }),
  };
};
