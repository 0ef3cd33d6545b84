import { disposableEmailBlocklistSet } from 'disposable-email-domains-js';

/** The domains of disposable mail services, lower case; signals read them as the list `disposable-domains`. */
export const disposableDomains = (): ReadonlySet<string> => disposableEmailBlocklistSet();
