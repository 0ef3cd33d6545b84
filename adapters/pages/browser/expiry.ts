/// <reference lib="dom" />

/** Says a minute ahead that time is running out, where a screen reader hears it. */
export const warnBeforeExpiry = (): void => {
  const status = document.querySelector<HTMLElement>('[data-warn-in]');
  if (status === null) return;
  setTimeout(() => {
    status.textContent = status.dataset.warning ?? '';
  }, Number(status.dataset.warnIn));
};
