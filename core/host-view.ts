/** What a host's own page says or asks; the texts are the pages'. `fields` go back with the form as they are. */
export type HostScreen =
  /** Nothing can be sent to the application: what failed, by the RFC's name, and where in the log to look. */
  | { readonly screen: 'host-error'; readonly error: string; readonly reference: string }
  /** No decision could be had, or a session is gone: go back to the application and begin again. */
  | { readonly screen: 'begin-again' }
  /** The challenge is not finished: go on with it. */
  | { readonly screen: 'pending'; readonly href: string; readonly cancelHref: string }
  /** A person looks at it first; `href` leads back to the application. */
  | { readonly screen: 'under-review'; readonly reference: string; readonly href: string }
  /** Which organisation: an e-mail address names it. */
  | { readonly screen: 'address'; readonly action: string; readonly fields: Fields; readonly isUnknown: boolean }
  | {
      readonly screen: 'consent';
      readonly action: string;
      readonly fields: Fields;
      readonly client: string;
      readonly scopes: readonly string[];
      readonly claims: readonly string[];
    }
  | { readonly screen: 'sign-out'; readonly action: string; readonly fields: Fields; readonly client?: string }
  | { readonly screen: 'signed-out'; readonly client?: string };

type Fields = Readonly<Record<string, string>>;
