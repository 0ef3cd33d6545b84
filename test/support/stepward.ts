import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Composed, compose } from '../../adapters/server/compose.ts';
import type { Environment } from '../../adapters/server/environment.ts';
import type { BrowserRequest, Rule, TrackRequest, VisitAnswer, VisitCommand } from '../../core/index.ts';
import type { Message } from '../../core/ports/delivery.ts';

const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
/** A usual sign-in: what an application sends with track. */
export const usual = {
  action: 'signIn',
  deviceId: '0b6f0f9e-5c1e-4b62-9a2b-3b7b6f1d2a11',
  ipAddress: '203.0.113.9',
  userAgent: chrome,
  redirectUrl: 'http://localhost:3000/back',
} as const satisfies Partial<TrackRequest>;

export type World = Composed & {
  /** Milliseconds; moves only by `pass`. */
  readonly now: () => number;
  pass(ms: number): void;
  /** Mails sent so far, oldest first. */
  readonly mails: readonly Message[];
  /** The code in the newest mail to this address. */
  codeTo(address: string): string;
  /** `l` of the link in the newest mail to this address. */
  linkTo(address: string): string;
  readonly observed: readonly { readonly type: string; readonly [name: string]: unknown }[];
  readonly environment: Environment;
  /** Sets an action up; rules by priority in the order given. */
  configure(
    action: string,
    settings: Record<string, unknown>,
    rules?: readonly (Partial<Rule> & { readonly conditions?: unknown })[],
  ): Promise<void>;
  end(): Promise<void>;
};

let made = 0;

/** A whole Stepward on a database of its own, with a clock that the test moves and mails that it can read. */
export const createWorld = async (overrides: Partial<Environment> = {}): Promise<World> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-test-'));
  made += 1;
  let clock = Date.parse('2026-03-02T09:00:00Z') + made;
  const mails: Message[] = [];
  const observed: { readonly type: string }[] = [];
  const environment: Environment = {
    development: true,
    publicUrl: new URL('http://localhost:8787'),
    databaseUrl: `sqlite:${join(folder, 'stepward.db')}`,
    serverKeys: ['sk_test_0000000000000000'],
    managementKeys: ['mk_test_0000000000000000'],
    encryptionKeys: [{ id: 'test', key: new Uint8Array(32).fill(7) }],
    tenantId: 'test',
    trustedProxies: [],
    redirectOrigins: [],
    egressAllowedRanges: [],
    frameAncestors: [],
    smtpFrom: 'Test <test@localhost>',
    hosts: ['127.0.0.1'],
    port: 0,
    ...overrides,
  };
  const composed = await compose(environment, {
    now: () => clock,
    warn: () => undefined,
    observe: (event) => observed.push(event),
    write: () => undefined,
  });
  Object.assign(composed.ports.delivery, { send: async (message: Message) => void mails.push(message) });
  return {
    ...composed,
    environment,
    mails,
    observed,
    now: () => clock,
    pass: (ms) => {
      clock += ms;
    },
    codeTo: (address) => {
      const text = mails.findLast(({ to }) => to === address)?.text ?? '';
      const code = /\b(\d{6})\b/.exec(text)?.[1];
      if (!code) throw new Error(`no code was sent to ${address}`);
      return code;
    },
    linkTo: (address) => {
      const text = mails.findLast(({ to }) => to === address)?.text ?? '';
      const l = /\/challenge\/link\?l=(\S+)/.exec(text)?.[1];
      if (!l) throw new Error(`no link was sent to ${address}`);
      return l;
    },
    configure: async (action, settings, rules = []) => {
      await composed.policies.ensure(action);
      await composed.policies.change((set) => {
        const policy = set.actions.get(action);
        if (!policy) throw new Error('not ensured');
        const made = rules.map(
          (rule, priority): Rule => ({
            ruleId: `r-${priority}`,
            name: `rule ${priority}`,
            type: 'CHALLENGE',
            priority,
            isActive: true,
            mode: 'production',
            createdAt: clock,
            ...rule,
          }),
        );
        const body = { version: policy.version + 1, configuration: { ...policy.configuration, ...settings }, rules: made };
        return { answer: undefined, put: [{ kind: 'action', id: action, body }] };
      });
    },
    end: async () => {
      await composed.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A browser on the hosted pages: cookies kept, as the pages' adapter would hand them on. */
export const createBrowser = (world: Pick<World, 'stepward'>, about: Partial<BrowserRequest> = {}) => {
  let browser: string | undefined;
  let device: string | undefined;
  const request = (c: string, more: Partial<BrowserRequest> = {}): BrowserRequest => ({
    c,
    browser,
    device,
    ipAddress: '203.0.113.9',
    userAgent: chrome,
    acceptLanguage: 'en',
    mode: 'redirect',
    forceEnrollment: false,
    ...about,
    ...more,
  });
  const keep = <T extends Pick<VisitAnswer, 'setBrowser' | 'setDevice'>>(answer: T): T => {
    browser = answer.setBrowser ?? browser;
    device = answer.setDevice ?? device;
    return answer;
  };
  const cOf = (url: string): string => new URL(url).searchParams.get('c') ?? '';
  const { visits, links } = world.stepward;
  return {
    open: async (url: string, more?: Partial<BrowserRequest>) => keep(await visits.open(request(cOf(url), more), true)),
    enter: async (url: string, returnUrl: string, more?: Partial<BrowserRequest>) =>
      keep(await visits.enter(request(cOf(url), more), returnUrl)),
    peek: async (url: string) => visits.open(request(cOf(url)), false),
    act: async (url: string, command: VisitCommand, more?: Partial<BrowserRequest>) =>
      keep(await visits.act(request(cOf(url), more), command)),
    waiting: async (url: string, challengeId: string) => visits.waiting(request(cOf(url)), challengeId),
    /** Opens a mailed link, by its `l`. */
    follow: async (l: string) => links.open({ ...request(''), l }),
    /** Presses its button. */
    press: async (l: string, remember = false) => keep(await links.press({ ...request(''), l }, remember)),
    leave: async (url: string) => visits.leave(request(cOf(url))),
    get device() {
      return device;
    },
    set device(value: string | undefined) {
      device = value;
    },
  };
};

export type TestBrowser = ReturnType<typeof createBrowser>;
