import { Authsignal } from '@authsignal/browser';

const at = (id) => document.getElementById(id);
const say = (text) => {
  at('status').textContent = text;
};
const post = async (path, body) =>
  (await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json();

let authsignal;
let proof;

/** Whatever the page says: the server decides what the token is worth. */
const confirm = async (token) => {
  proof = token;
  const { outcome } = await post('/transfer/confirm', { token });
  say(outcome === 'done' ? 'Done: 2500 went to ACME.' : 'Not done.');
  at('code').hidden = true;
};

const byPasskey = async (token) => {
  const { data, error } = await authsignal.passkey.signIn({ token });
  if (data?.isVerified) await confirm(data.token);
  else say(error ?? 'That passkey was not accepted.');
};

const byCode = async () => {
  const { error } = await authsignal.email.challenge();
  if (error) return say(error);
  at('code').hidden = false;
  say('A code is on its way to you.');
};

at('transfer').addEventListener('click', async () => {
  const begun = await post('/transfer', {});
  if (begun.outcome !== 'challenge') return say(begun.outcome === 'done' ? 'Done: 2500 went to ACME.' : 'Not done.');
  authsignal = new Authsignal({ ...begun.stepward, onTokenExpired: () => say('That took too long. Begin again.') });
  authsignal.setToken(begun.token);
  if (begun.methods.includes('PASSKEY')) return byPasskey(begun.token).catch(() => say('No passkey was used.'));
  return byCode();
});

at('code').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { data, error } = await authsignal.email.verify({ code: new FormData(event.target).get('code') });
  if (error) return say(error);
  if (!data.isVerified) return say(data.failureReason === 'MAX_ATTEMPTS_EXCEEDED' ? 'Ask for a new code.' : 'That code is not right.');
  await confirm(data.token);
  // a fresh proof lets one more way be added, for five minutes
  at('passkey').hidden = false;
});

at('passkey').addEventListener('click', async () => {
  const { data, error } = await authsignal.passkey.signUp({ token: proof, username: 'Ada' });
  say(data?.userAuthenticator ? 'Next time your passkey is enough.' : (error ?? 'No passkey was made.'));
  at('passkey').hidden = true;
});
