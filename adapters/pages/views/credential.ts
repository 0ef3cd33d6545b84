import { type Html, html } from '../html.ts';
import { icon } from '../icons.ts';
import { methodFaces } from '../method-faces.ts';
import type { Page } from '../page.ts';
import { isTransaction } from './about.ts';
import type { Asked, Ceremony } from './ceremony.ts';
import { rememberBox } from './code.ts';
import { credentialWords } from './credential-words.ts';
import { commandForm } from './form.ts';
import { isError } from './notices.ts';

const withoutScript = ({ ceremony, others }: Ceremony, { words }: Page): Html => {
  const { noScript, noScriptAlone } = credentialWords(ceremony.method);
  const left = others.filter(({ needsScript }) => !needsScript);
  return left.length === 0
    ? html`<noscript><p class="note">${words.say(noScriptAlone)}</p></noscript>`
    : html`<noscript><div class="note">${words.say(noScript)}<ul>${left.map(
        ({ method }) => html`<li>${words.say(`use.${method}`)}</li>`,
      )}</ul></div></noscript>`;
};

/**
 * A passkey or security key, asked for or made. The browser's own dialogue opens by itself only after the person has
 * picked it and where there is nothing to read first: neither an error nor data to approve.
 */
export const credentialAsked = (view: Ceremony, page: Page): Asked => {
  const { words } = page;
  const { ceremony, subject } = view;
  const creates = ceremony.purpose === 'enroll';
  const approves = isTransaction(subject);
  const opensItself = !creates && !approves && !isError(page);
  const said = credentialWords(ceremony.method);
  const use = approves ? (`approve.${ceremony.method}` as const) : (`use.${ceremony.method}` as const);
  const title = words.plain(creates ? `enroll.${ceremony.method}` : use);
  const attributes = html` data-credential="${creates ? 'create' : 'get'}" data-options="${JSON.stringify(ceremony.shown ?? null)}" data-cancelled="${words.plain(
    said.cancelled,
  )}" data-unsupported="${words.plain(said.unsupported)}"${opensItself && html` data-auto`}`;
  return {
    title,
    lead: html`<p class="muted">${words.say(creates ? said.createText : said.text)}</p>`,
    form: commandForm(
      page,
      'answer',
      html`<input type="hidden" name="challengeId" value="${ceremony.challengeId}"><input type="hidden" name="credential">
<div class="error" id="problem" role="alert" hidden></div>${withoutScript(view, page)}${rememberBox(view, page)}
<button type="button" id="credential" hidden>${icon(methodFaces[ceremony.method].icon)}${words.say(creates ? said.create : use)}</button>`,
      attributes,
    ),
  };
};
