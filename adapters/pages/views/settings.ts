import type { AuthenticatorView, DeviceView, View, VisitCommand } from '../../../core/index.ts';
import { isolated, leftToRight } from '../clean.ts';
import { day } from '../format.ts';
import { type Html, html, type Part } from '../html.ts';
import { type IconName, icon } from '../icons.ts';
import { methodFaces } from '../method-faces.ts';
import type { Page, Screen } from '../page.ts';
import { commandForm, moreButton, moreForm } from './form.ts';
import { methodButton } from './method-button.ts';
import { isError, noticeBox } from './notices.ts';

type Settings = Extract<View, { page: 'settings' }>;

/** A row that opens to what can be done with it; what it is called is its label. */
const row = (name: IconName, title: Part, facts: readonly Part[], content: Part): Html =>
  html`<li><details><summary>${icon(name)}<span>${title}${facts
    .filter((fact) => fact !== undefined && fact !== false)
    .map((fact) => html`<small>${fact}</small>`)}</span></summary>${content}</details></li>`;

const hidden = (name: string, value: string): Html => html`<input type="hidden" name="${name}" value="${value}">`;

const button = (page: Page, command: VisitCommand['do'], field: Html, label: Html, look: 'quiet' | 'quiet danger'): Html =>
  commandForm(page, command, html`${field}<button class="${look}">${label}</button>`);

const authenticator = (one: AuthenticatorView, page: Page): Html => {
  const { words } = page;
  const id = hidden('userAuthenticatorId', one.userAuthenticatorId);
  const field = `name-${one.userAuthenticatorId}`;
  const kind = words.say(`method.${one.method}`);
  return row(
    methodFaces[one.method].icon,
    one.name === undefined ? kind : isolated(one.name, 'name'),
    [
      one.name === undefined ? undefined : kind,
      one.destination === undefined ? undefined : leftToRight(one.destination),
      words.say('settings.added', { day: day(words.locale.tag, one.createdAt) }),
      one.lastUsedAt === undefined ? undefined : words.say('settings.used', { day: day(words.locale.tag, one.lastUsedAt) }),
      one.isDefault && words.say('settings.default'),
    ],
    html`${
      one.canBeNamed &&
      commandForm(
        page,
        'name',
        html`${id}<label for="${field}">${words.say('settings.name')}</label><input type="text" class="plain" id="${field}" name="name" maxlength="60" autocomplete="off" value="${one.name ?? ''}">
<button class="quiet">${words.say('settings.name.save')}</button>`,
      )
    }${
      one.canBeRemoved
        ? html`<p class="hint">${words.say('settings.remove.hint')}</p>${button(page, 'remove', id, words.say('settings.remove'), 'quiet danger')}`
        : html`<p class="hint">${words.say('settings.last')}</p>`
    }`,
  );
};

const recoveryCodes = (left: number, page: Page): Html => {
  const { words } = page;
  return row(
    methodFaces.RECOVERY_CODE.icon,
    words.say('settings.codes'),
    [words.say('settings.codes.left', { count: left })],
    html`<p class="hint">${words.say('settings.codes.hint')}</p>${button(page, 'new-codes', html``, words.say('settings.codes.new'), 'quiet')}`,
  );
};

const deviceName = ({ browser, os }: DeviceView, { words }: Page): Html => {
  if (browser !== undefined && os !== undefined)
    return words.say('asked.browser.os', { browser: isolated(browser, 'name'), os: isolated(os, 'name') });
  const known = browser ?? os;
  return known === undefined ? words.say('settings.device.unknown') : isolated(known, 'name');
};

const device = (one: DeviceView, page: Page): Html => {
  const { words } = page;
  const id = hidden('deviceId', one.deviceId);
  return row(
    'phone',
    deviceName(one, page),
    [
      one.isThis && words.say('settings.device.this'),
      words.say('settings.used', { day: day(words.locale.tag, one.lastUsedAt) }),
      one.rememberedUntil === undefined
        ? undefined
        : words.say('settings.device.remembered', { day: day(words.locale.tag, one.rememberedUntil) }),
    ],
    html`${
      one.rememberedUntil !== undefined && button(page, 'stop-remembering', id, words.say('settings.device.stop'), 'quiet')
    }<p class="hint">${words.say('settings.device.hint')}</p>${button(page, 'forget-device', id, words.say('settings.device.forget'), 'quiet danger')}`,
  );
};

const devices = ({ devices: shown, moreDevices }: Settings, page: Page): Html | undefined => {
  const { words } = page;
  if (shown.length === 0) return undefined;
  const others = shown.filter(({ isThis }) => !isThis).length + moreDevices;
  return html`<h2>${words.say('settings.devices')}</h2><ul class="rows">${shown.map((one) => device(one, page))}</ul>${
    moreDevices > 0 && html`<p class="hint">${words.say('settings.devices.more', { count: moreDevices })}</p>`
  }${others > 0 && html`<p></p>${moreButton('forget-others', 'quiet', words.say('settings.devices.forget-others'))}`}`;
};

/** What a person has to confirm with, and where he was. Each row opens without script; nothing is changed but by a form post. */
export const settingsScreen = (view: Settings, page: Page): Screen => {
  const { words } = page;
  const { subject, authenticators, codesLeft, methods } = view;
  return {
    title: words.plain('settings.heading'),
    applicationName: subject.applicationName,
    isError: isError(page),
    body: html`${noticeBox({}, page)}<h1>${words.say('settings.heading')}</h1>${
      subject.account !== undefined && html`<p class="muted">${words.say('settings.about', { account: leftToRight(subject.account) })}</p>`
    }
<ul class="rows">${authenticators.map((one) => authenticator(one, page))}${codesLeft !== undefined && recoveryCodes(codesLeft, page)}</ul>
${
  methods.length > 0 &&
  html`<h2>${words.say('settings.add')}</h2>${commandForm(
    page,
    'enroll',
    html`<div class="stack">${methods.map((choice) => methodButton(choice, 'enroll', false, words))}</div>`,
  )}`
}
${devices(view, page)}${commandForm(page, 'done', html`<button>${words.say('settings.done')}</button>`)}${moreForm(page)}`,
  };
};
