import type { VisitCommand } from '../../../core/index.ts';
import { type Html, html, type Part } from '../html.ts';
import type { Page } from '../page.ts';
import { visitPath } from '../query.ts';

const action = (page: Page): string => (page.query === undefined ? '/challenge' : visitPath('/challenge', page.query));

const open = (page: Page, attributes: Part): Html =>
  html`<form method="post" action="${action(page)}"${attributes}><input type="hidden" name="csrf" value="${page.formToken}">`;

/** Fields that go back as they are. */
export const hidden = (fields: Readonly<Record<string, string>>): Html =>
  html`${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}`;

/** A form for one command; its buttons and fields are `content`. */
export const commandForm = (page: Page, command: VisitCommand['do'], content: Part, attributes: Part = ''): Html =>
  html`${open(page, attributes)}<input type="hidden" name="do" value="${command}">${content}</form>`;

/** The form behind all buttons that stand beside the main form. One on every page that has `moreButton`s. */
export const moreForm = (page: Page): Html => html`${open(page, html` id="more"`)}</form>`;

/** A button outside the main form; Enter in a field never presses it. */
export const moreButton = (command: VisitCommand['do'], look: 'text' | 'quiet' | 'link', label: Part): Html =>
  html`<button class="${look}" form="more" name="do" value="${command}">${label}</button>`;
