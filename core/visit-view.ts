import type { VerificationMethod } from './policy/methods.ts';
import type { NotAdmitted, SentVisit } from './ports/return-transport.ts';
import type { DisplayItem } from './request.ts';

/** What every page of a visit says first: which application, action, account, data, and where the request came from. */
export type Subject = {
  readonly applicationName: string;
  readonly action: string;
  /** Masked e-mail address, phone number or user name; absent where nothing is known. */
  readonly account?: string;
  readonly display: readonly DisplayItem[];
  readonly asked: {
    readonly browser?: string;
    readonly os?: string;
    readonly city?: string;
    readonly country?: string;
    readonly at: number;
  };
  readonly locale?: string;
  /** Milliseconds: by then the challenge must be finished. */
  readonly expiresAt: number;
};

export type MethodChoice = {
  readonly method: VerificationMethod /** Masked. */;
  readonly destination?: string;
  readonly needsScript: boolean;
};

/** Why the last answer did not count. */
export type AttemptError = 'wrong' | 'late' | 'spent' | 'wait' | 'not-sent' | 'unconfirmed' | 'cancelled-by-browser' | 'confirm-again';

export type CeremonyView = {
  readonly challengeId: string;
  readonly method: VerificationMethod;
  readonly purpose: 'verify' | 'enroll' | 'prove-contact';
  readonly destination?: string;
  readonly expiresAt: number;
  /** Milliseconds; absent where no more can be sent. */
  readonly resendAt?: number;
  readonly triesLeft: number;
  /** WebAuthn options, or `{uri, secret}` of a new authenticator app. */
  readonly shown?: unknown;
  /** A link was pressed in another browser, which shows a code to type here. */
  readonly pressedElsewhere?: true;
};

/** An authenticator as its owner sees it. */
export type AuthenticatorView = {
  readonly userAuthenticatorId: string;
  readonly method: VerificationMethod;
  readonly name?: string;
  /** Masked. */
  readonly destination?: string;
  readonly createdAt: number;
  readonly lastUsedAt?: number;
  readonly isDefault: boolean;
  readonly canBeNamed: boolean;
  /** False for the only one, where the action needs one. */
  readonly canBeRemoved: boolean;
};

/** A device as its owner sees it. */
export type DeviceView = {
  readonly deviceId: string;
  readonly browser?: string;
  readonly os?: string;
  readonly lastUsedAt: number;
  /** Milliseconds; absent where it is not remembered. */
  readonly rememberedUntil?: number;
  readonly isThis: boolean;
};

/** The one thing that a page asks or says now. Asked of the core each time; the page holds no rule of its own. */
export type View =
  /** Unknown, foreign, dead: the same for all. */
  | { readonly page: 'neutral' }
  | { readonly page: 'blocked'; readonly reference: string; readonly applicationName: string; readonly canLeave: boolean }
  | { readonly page: 'review'; readonly reference: string; readonly applicationName: string; readonly canLeave: boolean }
  | { readonly page: 'expired'; readonly applicationName: string; readonly canLeave: boolean }
  /** No permitted method can be used and none enrolled. */
  | { readonly page: 'no-way'; readonly subject: Subject }
  | {
      readonly page: 'choose';
      readonly subject: Subject;
      readonly methods: readonly MethodChoice[];
      readonly defaultMethod: VerificationMethod;
      readonly waitUntil?: number;
    }
  /** An unenrolled user proves the vouched address first. */
  | { readonly page: 'prove-contact'; readonly subject: Subject; readonly method: VerificationMethod; readonly destination: string }
  | {
      readonly page: 'ceremony';
      readonly subject: Subject;
      readonly ceremony: CeremonyView;
      readonly others: readonly MethodChoice[];
      readonly canRemember: boolean;
      readonly waitUntil?: number;
    }
  | {
      readonly page: 'enroll';
      readonly subject: Subject;
      readonly methods: readonly MethodChoice[] /** May be left out ("not now"). */;
      readonly optional: boolean;
    }
  /** Shown until the person says they are saved, then never again. */
  | { readonly page: 'recovery-codes'; readonly subject: Subject; readonly codes: readonly string[] }
  /** A reset user: nothing can be set up before this time. */
  | { readonly page: 'waiting'; readonly subject: Subject; readonly until: number }
  | {
      readonly page: 'settings';
      readonly subject: Subject;
      readonly authenticators: readonly AuthenticatorView[];
      /** Unused recovery codes; absent where there can be none. */
      readonly codesLeft?: number;
      /** What can be added. */
      readonly methods: readonly MethodChoice[];
      readonly devices: readonly DeviceView[];
      /** Devices beyond those shown. */
      readonly moreDevices: number;
    }
  /** Finished, failed or cancelled: go to `/challenge/done`. */
  | { readonly page: 'leave' };

/** What a person does on a page. */
export type VisitCommand =
  | { readonly do: 'choose'; readonly method: VerificationMethod }
  | { readonly do: 'resend' }
  | { readonly do: 'answer'; readonly challengeId: string; readonly response: unknown; readonly remember?: boolean }
  /** Back to the choice of methods; nothing is spent. */
  | { readonly do: 'back' }
  | { readonly do: 'enroll'; readonly method: VerificationMethod }
  | { readonly do: 'skip' }
  | { readonly do: 'codes-saved' }
  | { readonly do: 'cancel' }
  /** Leaves the settings. */
  | { readonly do: 'done' }
  | SettingsCommand;

/** What a person changes on the settings page. */
export type SettingsCommand =
  | { readonly do: 'name'; readonly userAuthenticatorId: string; readonly name: string }
  | { readonly do: 'remove'; readonly userAuthenticatorId: string }
  /** New recovery codes in place of the old ones. */
  | { readonly do: 'new-codes' }
  | { readonly do: 'forget-device'; readonly deviceId: string }
  | { readonly do: 'stop-remembering'; readonly deviceId: string }
  /** Every device but this one. */
  | { readonly do: 'forget-others' };

/** The browser behind a page request, as the adapter read it: cookies, socket, headers. */
export type BrowserRequest = {
  readonly c: string;
  /** Value of the browser cookie of this mode, if any. */
  readonly browser?: string;
  /** Value of the device cookie of this mode, if any. */
  readonly device?: string;
  readonly ipAddress?: string;
  readonly userAgent?: string;
  readonly acceptLanguage?: string;
  readonly mode: 'redirect' | 'frame' | 'window';
  readonly forceEnrollment: boolean;
  /** `lang` of the visit's URL. */
  readonly lang?: string;
  /** What a host sent this browser with, to begin the visit: its token, and its `state` as it wrote it. */
  readonly sent?: { readonly token: string; readonly state?: string };
};

export type VisitAnswer = {
  readonly view: View;
  /** Cookies to set; absent: leave as they are. */
  readonly setBrowser?: string;
  readonly setDevice?: string;
  /** In a frame: lets the visit go on in a window. */
  readonly windowKey?: string;
  readonly error?: AttemptError;
  /** What was asked on the settings page was done. */
  readonly changed?: true;
  /** The visit keeps the host's `state`: the page's URL needs it no more. */
  readonly keepsState?: true;
  /** For the log: why the host's token did not count. */
  readonly notAdmitted?: NotAdmitted;
};

/**
 * How the browser leaves: a frame or a window tells the page that shows it (`message`), a tab goes to `target`. Neither: there is nowhere
 * to go (no redirect URL), say that the window can be closed.
 */
export type Leaving = {
  readonly applicationName: string;
  readonly result: 'succeeded' | 'not-succeeded';
  readonly target?: {
    readonly url: string;
    readonly token?: string;
    readonly ticket?: string;
    /** Of a host that vouched for the browser: it goes back with its `state`, by that host's transport or not at all. */
    readonly sent?: { readonly state: string; readonly visit: SentVisit };
  };
  /** `token`: what the host can use; absent without a proof. */
  readonly message?: { readonly token?: string };
  readonly setDevice?: string;
};

/** The hosted page's use cases. Every method answers `neutral` for a browser that the visit does not belong to. */
export interface Visits {
  /** GET of the page. `binds`: false for HEAD and prefetch, which change nothing. */
  open(request: BrowserRequest, binds: boolean): Promise<VisitAnswer>;
  /**
   * For an adapter on our own origin, which tracked with a `binding`: ties the visit to this browser before it sees the page, and sets
   * where it returns to, below `/oidc/interaction/`; again for the same browser. Nothing of HTTP leads here.
   */
  enter(request: BrowserRequest, returnUrl: string): Promise<VisitAnswer>;
  /** POST of the page; the adapter has checked Origin and CSRF token. */
  act(request: BrowserRequest, command: VisitCommand): Promise<VisitAnswer>;
  /** Where a ceremony stands that the page waits for: changes nothing. `over`: the page has something else to show. */
  waiting(request: BrowserRequest, challengeId: string): Promise<'waiting' | 'pressed-elsewhere' | 'over'>;
  /** POST from the page in a frame into a window of its own, with that page's `windowKey`: the visit goes on there, and no more in the frame. */
  moveToWindow(request: BrowserRequest, key: string): Promise<VisitAnswer>;
  /** GET of the leaving page: the same browser sees the same target again within `consumeWithin`. */
  leave(request: BrowserRequest): Promise<Leaving | undefined>;
}
