import type { Account } from './accounts.ts';
import { type Html, html } from './html.ts';
import { places } from './places.ts';
import type { Session } from './sessions.ts';

const page = (title: string, body: Html, { notice }: { readonly notice?: string } = {}): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Harbour Bank</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><a href="/">Harbour Bank</a><span>a demonstration</span></header>
<main>
<h1>${title}</h1>
${notice === undefined ? undefined : html`<p class="notice" role="status">${notice}</p>`}
${body}
</main>
</body>
</html>`.markup;

const hidden = ({ csrf }: Session): Html => html`<input type="hidden" name="csrf" value="${csrf}">`;

const pretend = ({ place }: Session): Html => html`<label>Pretend to come from
<select name="place">${places.map(({ id, label }) =>
  id === place ? html`<option value="${id}" selected>${label}</option>` : html`<option value="${id}">${label}</option>`,
)}</select></label>`;

const credentials = (autocomplete: string): Html => html`<label>E-mail address
<input name="email" type="email" autocomplete="username" required></label>
<label>Password
<input name="password" type="password" autocomplete="${autocomplete}" minlength="8" maxlength="128" required></label>`;

/** Takes what is to be said once. */
const said = (session: Session): { readonly notice?: string } => {
  const { notice } = session;
  delete session.notice;
  return notice === undefined ? {} : { notice };
};

/** The sign-in form. */
export const signInPage = (session: Session): string =>
  page(
    'Sign in',
    html`<form method="post" action="/sign-in">${hidden(session)}
${credentials('current-password')}
${pretend(session)}
<button>Sign in</button>
</form>
<p>New here? <a href="/sign-up">Open an account</a></p>`,
    said(session),
  );

/** The sign-up form. */
export const signUpPage = (session: Session): string =>
  page(
    'Open an account',
    html`<form method="post" action="/sign-up">${hidden(session)}
${credentials('new-password')}
<button>Open an account</button>
</form>
<p>You have one? <a href="/sign-in">Sign in</a></p>`,
    said(session),
  );

const money = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' });

/** The account, with the withdrawal form. */
export const accountPage = (session: Session, { email, balance }: Account): string =>
  page(
    'Your account',
    html`<p class="balance">${money.format(balance)}</p>
<form method="post" action="/withdraw">${hidden(session)}
<label>Amount in euros
<input name="amount" inputmode="decimal" pattern="[0-9]+([.][0-9]{1,2})?" autocomplete="off" required></label>
<label>To
<input name="payee" maxlength="60" autocomplete="off" required></label>
${pretend(session)}
<button>Withdraw</button>
</form>
<form method="post" action="/sign-out" class="quiet">${hidden(session)}<span>Signed in as ${email}</span> <button>Sign out</button></form>`,
    said(session),
  );

/** Says what happened and where to go on. */
export const messagePage = (title: string, text: string): string =>
  page(title, html`<p>${text}</p>\n<p><a href="/">Back to the start</a></p>`);
