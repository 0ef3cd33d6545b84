/// <reference lib="dom" />

import { browserSupportsWebAuthn, startAuthentication, startRegistration } from '@simplewebauthn/browser';
import { isWithheld } from './to-window.ts';

type AuthenticationOptions = Parameters<typeof startAuthentication>[0]['optionsJSON'];
type RegistrationOptions = Parameters<typeof startRegistration>[0]['optionsJSON'];

const ask = (form: HTMLFormElement): Promise<unknown> => {
  const options: unknown = JSON.parse(form.dataset.options ?? 'null');
  return form.dataset.credential === 'create'
    ? startRegistration({ optionsJSON: options as RegistrationOptions })
    : startAuthentication({ optionsJSON: options as AuthenticationOptions });
};

/** Runs the ceremony, puts what the authenticator said into the form and posts it like any other answer. */
export const offerCredential = (): void => {
  const form = document.querySelector<HTMLFormElement>('form[data-credential]');
  const button = document.getElementById('credential');
  const problem = document.getElementById('problem');
  const field = form?.querySelector<HTMLInputElement>('[name=credential]');
  if (!form || !button || !problem || !field) return;

  const say = (text: string): void => {
    problem.textContent = text;
    problem.hidden = text === '';
  };

  if (!browserSupportsWebAuthn()) {
    say(form.dataset.unsupported ?? '');
    return;
  }

  // the way into a window stands in its place
  if (isWithheld(form.dataset.credential)) return;

  let running = false;
  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    say('');
    try {
      field.value = JSON.stringify(await ask(form));
      form.submit();
    } catch {
      // Cancelled, timed out, not allowed, no such credential: the browser does not tell them apart reliably, nor does the page.
      running = false;
      say(form.dataset.cancelled ?? '');
      form.dispatchEvent(new Event('failed'));
    }
  };
  button.hidden = false;
  button.addEventListener('click', run);
  if (form.dataset.auto !== undefined) void run();
};
