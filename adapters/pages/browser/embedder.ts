/// <reference lib="dom" />

type Data = Readonly<Record<string, string | number | undefined>>;

const loopback = /^https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/;

/** Development: whoever shows us on loopback. The first page's referrer names it, and is kept for the pages after that one. */
const loopbackOrigins = (): readonly string[] => {
  try {
    const from = document.referrer && new URL(document.referrer).origin;
    if (from && from !== location.origin) sessionStorage.setItem('embedder', from);
    const kept = sessionStorage.getItem('embedder') ?? '';
    return loopback.test(kept) ? [kept] : [];
  } catch {
    // Storage can be closed to a frame.
    return [];
  }
};

/** Whether this document goes on to another page: what does so raises the flag before the page is hidden. */
const watchLeaving = (): (() => boolean) => {
  let goes = false;
  const raise = (): void => {
    goes = true;
  };
  addEventListener('submit', raise);
  addEventListener('click', ({ target }) => {
    if (target instanceof Element && target.closest('a[href]:not([target])')) raise();
  });
  // The browser's own reload and back are no events of the Navigation API, or come too late.
  addEventListener('keydown', ({ key, ctrlKey, metaKey, altKey }) => {
    if (key === 'F5' || ((ctrlKey || metaKey) && key.toLowerCase() === 'r') || (altKey && key.startsWith('Arrow'))) raise();
  });
  (window as { navigation?: EventTarget }).navigation?.addEventListener('navigate', raise);
  // Back from another page, as it was left.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) goes = false;
  });
  return () => goes;
};

/**
 * Talks to the page that shows us in a frame or opened our window, in the words that the SDK's `launch` reads: readiness, height,
 * failures, and last the end with what the host can use. Each message is posted to each listed origin and to no other.
 *
 * @returns posts a message there.
 */
export const talkToEmbedder = (): ((message: unknown) => void) => {
  const { mode, hosts = '', loopback: any, error, status } = document.documentElement.dataset;
  const host: Window | null = mode === 'frame' ? parent : mode === 'window' ? opener : null;
  if (!host || host === window) return () => undefined;
  // a frame of ours can have opened this window; it passes on what it hears
  const ours = mode === 'window' ? [location.origin] : [];
  const origins = [...new Set([...hosts.split(' '), ...ours, ...(any === undefined ? [] : loopbackOrigins())])].filter(Boolean);
  const post = (message: unknown): void => {
    for (const origin of origins) host.postMessage(message, origin);
  };
  const tell = (event: string, data: Data = {}): void => post(JSON.stringify({ event: `AUTHSIGNAL_${event}`, ...data }));

  if (mode === 'frame') {
    let last = 0;
    const postHeight = (): void => {
      const height = Math.ceil(document.body.getBoundingClientRect().height);
      if (height !== last) post({ height });
      last = height;
    };
    postHeight();
    new ResizeObserver(postHeight).observe(document.body);
  }
  tell('READY');
  if (error !== undefined) tell('API_ERROR', { errorCode: error, statusCode: Number(status) });

  const end = document.querySelector<HTMLElement>('[data-close]');
  if (end !== null) tell('CLOSE_POPUP', { token: end.dataset.token });
  // A window that its user closes would leave the host waiting for ever. Without the Navigation API, going on cannot be told from going.
  else if (mode === 'window' && 'navigation' in window) {
    const goesOn = watchLeaving();
    // What is posted while the page is hidden is lost in Chromium where the window closes; not every browser has the event before it.
    for (const gone of ['beforeunload', 'pagehide'])
      addEventListener(gone, () => {
        if (!goesOn()) tell('CLOSE_POPUP');
      });
  }
  return post;
};
