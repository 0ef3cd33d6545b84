import type { HostScreen, MessageKey } from '../../../core/index.ts';
import { clean, isolated, leftToRight } from '../clean.ts';
import { html } from '../html.ts';
import type { Page, Screen } from '../page.ts';
import { hidden } from './form.ts';

const ofScopes: ReadonlyMap<string, MessageKey> = new Map<string, MessageKey>([
  ['openid', 'consent.openid'],
  ['profile', 'consent.profile'],
  ['email', 'consent.email'],
  ['phone', 'consent.phone'],
  ['address', 'consent.address'],
  ['offline_access', 'consent.offline'],
]);

/** OpenID Connect Core §5.1 and §2. */
const ofClaims: ReadonlyMap<string, MessageKey> = new Map<string, MessageKey>([
  ['sub', 'consent.openid'],
  ['name', 'consent.name'],
  ['given_name', 'consent.name'],
  ['family_name', 'consent.name'],
  ['middle_name', 'consent.name'],
  ['nickname', 'consent.name'],
  ['preferred_username', 'consent.username'],
  ['profile', 'consent.picture'],
  ['picture', 'consent.picture'],
  ['website', 'consent.picture'],
  ['gender', 'consent.gender'],
  ['birthdate', 'consent.birthdate'],
  ['zoneinfo', 'consent.locale'],
  ['locale', 'consent.locale'],
  ['updated_at', 'consent.profile'],
  ['email', 'consent.email'],
  ['email_verified', 'consent.email'],
  ['phone_number', 'consent.phone'],
  ['phone_number_verified', 'consent.phone'],
  ['address', 'consent.address'],
  ['acr', 'consent.proof'],
  ['amr', 'consent.proof'],
  ['auth_time', 'consent.proof'],
]);

/** What the scope `profile` says already. */
const ofProfile: ReadonlySet<MessageKey> = new Set([
  'consent.name',
  'consent.username',
  'consent.picture',
  'consent.gender',
  'consent.birthdate',
  'consent.locale',
]);

/** More names than an application has a use for are cut, visibly. */
const mostNames = 20;

/** What the application gets, said once however often it is asked for; what has no words here stands by its name. */
const items = (names: readonly string[], known: ReadonlyMap<string, MessageKey>) => ({
  keys: names.flatMap((name) => known.get(name) ?? []),
  others: names.filter((name) => !known.has(name)),
});

/**
 * What an application asks for. The answer counts only with the interaction's own cookie, which is bound to its unguessable path, and
 * from a page of ours: no other site has either.
 */
export const consentScreen = (view: Extract<HostScreen, { screen: 'consent' }>, { words, organisation }: Page): Screen => {
  const client = isolated(view.client, 'name');
  const [scopes, claims] = [items(view.scopes, ofScopes), items(view.claims, ofClaims)];
  const asked = new Set([...scopes.keys, ...claims.keys]);
  const saidByProfile = (key: MessageKey): boolean => asked.has('consent.profile') && ofProfile.has(key);
  const keys = [...asked].filter((key) => key !== 'consent.offline' && !saidByProfile(key));
  const others = [...new Set([...scopes.others, ...claims.others])];
  return {
    title: words.plain('consent.heading', { client: clean(view.client, 'name') }),
    body: html`<h1>${words.say('consent.heading', { client })}</h1>
<p class="muted">${words.say('consent.text', { client, application: isolated(organisation, 'name') })}</p>
<ul class="gets">${keys.map((key) => html`<li>${words.say(key)}</li>`)}${others
      .slice(0, mostNames)
      .map(
        (name) => html`<li>${leftToRight(name, 'label')}</li>`,
      )}${others.length > mostNames && html`<li>…</li>`}${asked.has('consent.offline') && html`<li>${words.say('consent.offline')}</li>`}</ul>
<p class="muted">${words.say('consent.trust', { client })}</p>
<form method="post" action="${view.action}" data-once>${hidden(view.fields)}<div class="stack"><button name="decision" value="allow">${words.say(
      'consent.allow',
    )}</button><button class="quiet" name="decision" value="deny">${words.say('consent.deny')}</button></div></form>`,
  };
};
