/// <reference lib="dom" />

const showButton = (id: string, action: () => void): void => {
  const button = document.getElementById(id);
  if (button === null) return;
  button.hidden = false;
  button.addEventListener('click', action);
};

const download = (): void => {
  const codes = Array.from(document.querySelectorAll('.codes li'), (item) => item.textContent);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([`${codes.join('\n')}\n`], { type: 'text/plain' }));
  link.download = 'recovery-codes.txt';
  link.click();
  URL.revokeObjectURL(link.href);
};

/** Recovery codes can be printed and kept as a file; both are made here, nothing is asked of the server again. */
export const offerKeeping = (): void => {
  showButton('print', () => window.print());
  showButton('download', download);
};
