/// <reference lib="dom" />
import { type Listening, listen } from './listen.ts';

export type FrameOptions = Listening & { readonly labels?: { readonly title?: string; readonly close?: string } };

// set member by member, which a policy against inline styles permits
const styles = {
  dialog: {
    padding: '0',
    border: '0',
    borderRadius: '12px',
    background: 'Canvas',
    boxShadow: '0 0 0 100vmax rgb(0 0 0 / .5)',
    overflow: 'visible',
    maxWidth: '100vw',
    maxHeight: '100dvh',
  },
  frame: {
    display: 'block',
    border: '0',
    borderRadius: '12px',
    width: '385px',
    maxWidth: '100vw',
    height: '320px',
    maxHeight: '90dvh',
    colorScheme: 'light dark',
  },
  button: {
    position: 'absolute',
    top: '8px',
    right: '8px',
    width: '44px',
    padding: '0',
    height: '44px',
    border: '0',
    borderRadius: '22px',
    background: 'none',
    color: 'CanvasText',
    font: '24px/1 system-ui',
    cursor: 'pointer',
  },
} as const satisfies Readonly<Record<string, Partial<CSSStyleDeclaration>>>;

const styled = <T extends HTMLElement>(element: T, style: Partial<CSSStyleDeclaration>): T => {
  Object.assign(element.style, style);
  return element;
};

/** Shows the challenge in a frame in a dialog over this page. Closing the dialog ends it without an answer; the challenge stays open. */
export const inFrame = (url: string, { labels, ...listening }: FrameOptions): Promise<string> => {
  const dialog = styled(document.createElement('dialog'), { ...styles.dialog, colorScheme: 'light dark' });
  const frame = styled(document.createElement('iframe'), styles.frame);
  frame.src = `${url}&mode=popup`;
  frame.title = labels?.title ?? 'Confirm it is you';
  frame.allow = 'publickey-credentials-get *; publickey-credentials-create *';
  // the page tells the listed origins alone; on a machine of development it knows us by this
  frame.referrerPolicy = 'origin';
  const button = styled(document.createElement('button'), styles.button);
  button.type = 'button';
  button.textContent = '×';
  button.setAttribute('aria-label', labels?.close ?? 'Close');
  button.addEventListener('click', () => dialog.close());
  dialog.append(frame, button);
  document.body.append(dialog);
  dialog.showModal();

  return listen(
    {
      url,
      from: frame.contentWindow,
      resize: (height) => {
        frame.style.height = `${height}px`;
      },
      watch: (end) => {
        dialog.addEventListener('close', end);
        return () => {
          dialog.removeEventListener('close', end);
          dialog.remove();
        };
      },
    },
    listening,
  );
};
