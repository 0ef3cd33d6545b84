/// <reference lib="dom" />

const probe = '__Host-stepward-frame-probe';
const attributes = 'Path=/; Secure; SameSite=None; Partitioned';

const write = (cookie: string): void => {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser, and what it answers comes too late
  document.cookie = `${cookie}; ${attributes}`;
};

/** Whether this frame keeps cookies at all: without them no form of the visit is taken. */
const keepsCookies = (): boolean => {
  write(`${probe}=1`);
  const kept = document.cookie.includes(probe);
  write(`${probe}=; Max-Age=0`);
  return kept;
};

type Policy = { allowsFeature(feature: string): boolean };

/** Whether whoever frames us, or the browser, keeps this ceremony from us. Not every browser says so. */
export const isWithheld = (ceremony: string | undefined): boolean => {
  const { permissionsPolicy, featurePolicy } = document as { permissionsPolicy?: Policy; featurePolicy?: Policy };
  const policy = permissionsPolicy ?? featurePolicy;
  return policy !== undefined && !policy.allowsFeature(`publickey-credentials-${ceremony}`);
};

/** Shows the way into a window where something is missing here, or a ceremony has failed; the window's end is passed on. */
export const offerWindow = (post: (message: unknown) => void): void => {
  const form = document.querySelector<HTMLFormElement>('#to-window');
  const note = form?.querySelector('p');
  if (!form || !note) return;
  const credential = document.querySelector<HTMLFormElement>('form[data-credential]');
  form.hidden = keepsCookies() && !(credential && isWithheld(credential.dataset.credential));
  credential?.addEventListener('failed', () => {
    form.hidden = false;
  });

  form.addEventListener('submit', () => {
    const opened = window.open('', form.target, 'popup,width=420,height=680');
    addEventListener('message', ({ origin, source, data }) => {
      if (opened !== null && source === opened && origin === location.origin && typeof data === 'string') post(data);
    });
    note.textContent = form.dataset.opened ?? '';
    document.querySelector<HTMLElement>('.card')?.setAttribute('hidden', '');
    form.querySelector('button')?.setAttribute('hidden', '');
  });
};
