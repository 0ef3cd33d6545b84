import express from 'express';
import { type Html, html } from '../express-login/html.ts';

export { html };

/** The style sheet of the demonstrations. */
export const style = express.static(`${import.meta.dirname}/../express-login/public`, { index: false });

export const page = (owner: string, title: string, body: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${owner}</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><a href="/">${owner}</a><span>a demonstration</span></header>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>`.markup;

const told = ['iss', 'acr', 'amr', 'auth_time'] as const;

/** What the ID token says of the sign-in; a provider need not say all of it. */
export const claimsOf = (claims: Readonly<Record<string, unknown>>): Html =>
  html`<dl class="claims">${told.map((name) => html`<dt><code>${name}</code></dt><dd>${JSON.stringify(claims[name]) ?? 'not told'}</dd>`)}</dl>`;
