import type { BrowserRequest, Leaving, View, VisitAnswer, VisitCommand, Visits } from '../../../core/index.ts';

/** What the pages asked of the port, in order. */
export type Call =
  | { readonly call: 'open'; readonly request: BrowserRequest; readonly binds: boolean }
  | { readonly call: 'enter'; readonly request: BrowserRequest; readonly returnUrl: string }
  | { readonly call: 'act'; readonly request: BrowserRequest; readonly command: VisitCommand }
  | { readonly call: 'move'; readonly request: BrowserRequest; readonly key: string }
  | { readonly call: 'leave'; readonly request: BrowserRequest };

export const neutral: VisitAnswer = { view: { page: 'neutral' } };

/** A visit as the script of a test says: bound to the first browser that opens it, showing what `show` was last given. */
export type FakeVisits = Visits & {
  readonly calls: Call[];
  /** Every visit `c` shows this view from now on. */
  show(view: View): void;
  /** Each command moves on to the next of these views, while there is one. */
  readonly then: View[];
  /** Answers to the next commands, first come first served; without one the view stays. */
  readonly answers: Omit<VisitAnswer, 'view'>[];
  leaving: Leaving | undefined;
  /** What a page that waits is told. */
  waits: Awaited<ReturnType<Visits['waiting']>>;
  /** Thrown by every call while it is set. */
  failure: Error | undefined;
  commands(): readonly VisitCommand[];
};

export const knownC = 'c0-known-visit-0000000';

export const fakeVisits = (first: View): FakeVisits => {
  let view = first;
  const owners = new Map<string, string>();
  let browsers = 0;
  const calls: Call[] = [];
  const answers: Omit<VisitAnswer, 'view'>[] = [];
  const then: View[] = [];
  const isForeign = ({ c, browser }: BrowserRequest) => c !== knownC || owners.get(c) === undefined || owners.get(c) !== browser;
  const fake: FakeVisits = {
    calls,
    answers,
    then,
    leaving: undefined,
    waits: 'waiting',
    failure: undefined,
    show: (next) => {
      view = next;
    },
    commands: () => calls.flatMap((call) => (call.call === 'act' ? [call.command] : [])),
    open: async (request, binds) => {
      calls.push({ call: 'open', request, binds });
      if (fake.failure !== undefined) throw fake.failure;
      if (request.c !== knownC) return neutral;
      const windowKey = request.mode === 'frame' ? 'dGhlLWtleS1vZi10aGUtZnJhbWUtb2YtNDMtY2hhcnM' : undefined;
      if (owners.get(request.c) !== undefined) return isForeign(request) ? neutral : { view, windowKey };
      if (!binds) return { view };
      const browser = request.browser ?? `browser-${++browsers}-abcdefghijkl`;
      owners.set(request.c, browser);
      return { view, ...(request.browser === undefined ? { setBrowser: browser } : {}), setDevice: 'device-1-abcdefghijklmno', windowKey };
    },
    enter: async (request, returnUrl) => {
      calls.push({ call: 'enter', request, returnUrl });
      if (fake.failure !== undefined) throw fake.failure;
      if (request.c !== knownC || (owners.has(request.c) && isForeign(request))) return neutral;
      const browser = request.browser ?? `browser-${++browsers}-abcdefghijkl`;
      owners.set(request.c, browser);
      return { view, ...(request.browser === undefined && { setBrowser: browser }), setDevice: 'device-1-abcdefghijklmno' };
    },
    act: async (request, command) => {
      calls.push({ call: 'act', request, command });
      if (fake.failure !== undefined) throw fake.failure;
      if (isForeign(request)) return neutral;
      view = then.shift() ?? view;
      return { view, ...answers.shift() };
    },
    waiting: async (request) => (isForeign(request) ? 'over' : fake.waits),
    moveToWindow: async (request, key) => {
      calls.push({ call: 'move', request, key });
      if (request.c !== knownC || key !== 'the-key') return neutral;
      owners.set(request.c, 'browser-of-the-window-abc');
      return { view, setBrowser: 'browser-of-the-window-abc' };
    },
    leave: async (request) => {
      calls.push({ call: 'leave', request });
      if (fake.failure !== undefined) throw fake.failure;
      return isForeign(request) ? undefined : fake.leaving;
    },
  };
  return fake;
};
