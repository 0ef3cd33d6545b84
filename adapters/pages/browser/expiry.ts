/// <reference lib="dom" />

/** Says a minute ahead that time is running out, where a screen reader hears it. */
export const warnBeforeExpiry = (): void => {
  const status = document.querySelector<HTMLElement>('[data-warn-in]');
  if (status === null) return;
  setTimeout(() => {
    status.setAttribute('role', 'status');
    // What is in a live region from the start is not read out; what comes into it is.
    setTimeout(() => {
      status.textContent = status.dataset.warning ?? '';
    }, 200);
  }, Number(status.dataset.warnIn));
};
