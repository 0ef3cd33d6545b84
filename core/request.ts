import type { CustomValue } from './user.ts';

/** One thing that the user is approving, shown on the page and bound into the proof. */
export type DisplayItem =
  | { readonly label: string; readonly type?: 'text' | 'account' | 'date'; readonly value: string }
  | { readonly label: string; readonly type: 'money'; readonly value: { readonly minor: number; readonly currency: string } };

export type Geo = {
  readonly countryCode?: string;
  readonly region?: string;
  readonly city?: string;
  readonly latitude?: number;
  readonly longitude?: number;
  readonly asn?: number;
};

/** What a host let pass or refused by its failure policy since it last reached the core. */
export type Undecided = { readonly proceeded?: number; readonly refused?: number };

/** What the host knows of the login around this action. */
export type RequestContext = {
  readonly adapter?: string;
  readonly adapterVersion?: string;
  readonly clientId?: string;
  readonly protocol?: string;
  readonly flow?: 'interactive' | 'silent' | 'refresh' | 'direct' | 'recovery';
  readonly canRedirect?: boolean;
  readonly requestedAcr?: readonly string[];
  /** Seconds. */
  readonly maxAge?: number;
  /** Seconds: a host in this process, whose own caller waits no longer, shortens the action's. */
  readonly challengeExpiresIn?: number;
  readonly authenticationMethods?: readonly { readonly method: string; readonly at?: string; readonly channel?: 'email' | 'sms' | 'app' }[];
  readonly challengedBy?: 'host';
  readonly hostRisk?: {
    readonly source: string;
    readonly level?: 'low' | 'medium' | 'high';
    readonly score?: number;
    readonly signals?: unknown;
  };
  readonly geo?: Geo;
  readonly tls?: { readonly ja3?: string; readonly ja4?: string };
  readonly acceptLanguage?: string;
  readonly roles?: readonly string[];
  readonly groups?: readonly string[];
  readonly deviceVouched?: boolean;
  /** The host cannot see the browser: the page decides again, once, when it is first opened. */
  readonly deferSignals?: boolean;
  /** Counted, and no part of the decision. */
  readonly undecided?: Undecided;
};

/** A track request after the edge has parsed it: typed, sized, unknown attributes gone. */
export type TrackRequest = {
  readonly userId: string;
  readonly action: string;
  readonly idempotencyKey?: string;
  readonly redirectUrl?: string;
  readonly redirectToSettings?: boolean;
  readonly ipAddress?: string;
  readonly userAgent?: string;
  readonly deviceId?: string;
  readonly scope?: string;
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly phoneNumber?: string;
  readonly phoneNumberVerified?: boolean;
  readonly username?: string;
  readonly custom?: Readonly<Record<string, CustomValue | null>>;
  readonly challengeId?: string;
  readonly locale?: string;
  readonly customDomain?: string;
  readonly binding?: string;
  readonly display?: readonly DisplayItem[];
  readonly context?: RequestContext;
};

/** Something the caller sent that took no part, and why. */
export type Ignored = { readonly attribute: string; readonly reason: string };
