/** What a host's own page says or asks; the texts are the pages'. `fields` go back with the form as they are. */
export type HostScreen =
  /** Nothing can be sent to the application: what failed, by the RFC's name, and where in the log to look. */
  | { readonly screen: 'host-error'; readonly error: string; readonly reference: string }
  /** The sign-in is over or unknown here: go back to the application and begin again. */
  | { readonly screen: 'begin-again' }
  /** The challenge is not finished: go on with it, or give up. */
  | { readonly screen: 'pending'; readonly href: string; readonly cancelHref: string }
  /** A person looks at it first; `href` leads back to the application, whose name is `client`. */
  | { readonly screen: 'under-review'; readonly reference: string; readonly href: string; readonly client?: string }
  /** Which organisation: an e-mail address names it by its domain, and comes back as `address`. */
  | { readonly screen: 'address'; readonly action: string; readonly fields: HostFields; readonly isUnknown: boolean }
  /** What an application asks for; comes back as `decision`, `allow` or `deny`. */
  | {
      readonly screen: 'consent';
      readonly action: string;
      readonly fields: HostFields;
      readonly client: string;
      readonly scopes: readonly string[];
      readonly claims: readonly string[];
    }
  /** Comes back with `logout=yes`; without it the person stays signed in, save at the application that asked. */
  | { readonly screen: 'sign-out'; readonly action: string; readonly fields: HostFields; readonly client?: string }
  /** Of everything, or of `client` alone. */
  | { readonly screen: 'signed-out'; readonly client?: string };

/** Hidden fields of a form. */
export type HostFields = Readonly<Record<string, string>>;
