/// <reference lib="dom" />

const every = 3000;

const stateAt = async (address: string): Promise<string | undefined> => {
  const answer = await fetch(address).catch(() => undefined);
  return answer?.ok ? ((await answer.json()) as { readonly state?: string }).state : undefined;
};

/**
 * Asks whether a link was pressed, while the page is seen. What has changed is said once; where the page has something else to show,
 * it is loaded.
 */
export const waitForLink = (): void => {
  const status = document.querySelector<HTMLElement>('[data-wait]');
  if (status === null) return;
  const { wait = '', pressed } = status.dataset;
  let asking = false;
  const ask = async (): Promise<void> => {
    if (asking || document.visibilityState !== 'visible') return;
    asking = true;
    const state = await stateAt(wait);
    if (state === 'over') return location.reload();
    asking = false;
    if (state !== 'pressed-elsewhere' || pressed === undefined || status.textContent !== '') return;
    status.textContent = pressed;
    document.querySelector('main details')?.setAttribute('open', '');
  };
  setInterval(ask, every);
  // back from the mail in another tab: no reason to wait for the next turn
  document.addEventListener('visibilitychange', ask);
};
