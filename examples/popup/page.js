import { Authsignal } from '@authsignal/browser';

const status = document.getElementById('status');

const post = async (path, body = {}) => {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return response.json();
};

/** Asks the server, shows the challenge as the button says, and hands what it ends with to the server. The page believes nothing itself. */
const transfer = async (mode) => {
  status.textContent = '';
  const asked = await post('/transfer');
  if (asked.outcome !== 'challenge') return asked.outcome;
  const authsignal = new Authsignal(asked.stepward);
  const { token } = await authsignal.launch(asked.url, { mode });
  if (token === undefined) return 'cancelled';
  return (await post('/transfer/confirm', { token })).outcome;
};

for (const button of document.querySelectorAll('button[data-mode]')) {
  button.addEventListener('click', async () => {
    status.textContent = await transfer(button.dataset.mode).catch(() => 'denied');
  });
}
