/// <reference lib="dom" />

/** A button whose second press would be refused is pressed once. */
export const pressOnce = (): void => {
  const form = document.querySelector<HTMLFormElement>('form[data-once]');
  let isGone = false;
  form?.addEventListener('submit', (event) => {
    if (isGone) event.preventDefault();
    isGone = true;
  });
  // shown again by the back button: what the press has come to is asked of the server
  window.addEventListener('pageshow', ({ persisted }) => {
    if (form !== null && persisted) location.reload();
  });
};
