import { type Policies, type PolicyChange, StepwardError } from '../../core/index.ts';
import type { ProviderKeys, Rotation, RotationStep } from '../../core/ports/provider-keys.ts';
import type { Secrets } from '../../core/ports/secrets.ts';
import { type KeptKey, keptKeys, makeKeys, putMade } from './keys.ts';

const hour = 3_600_000;

/** Milliseconds: no verifier keeps a key set for longer, unless the operator knows of one. */
const leastPublished = hour;
/** Milliseconds: a month of warning is enough for anybody. */
const mostPublished = 31 * 24 * hour;
/**
 * Milliseconds that a key stays in the key set after its last signature: as long as anything that it signed is of use. Tokens live ten
 * minutes, but an ID token names a session that is to be ended (`id_token_hint`), and sessions live half a day.
 */
const keptAfterwards = 24 * hour;

type Due = { readonly step: RotationStep; readonly at: number };

/** The next step, and from when on (milliseconds). One rotation is ended before the next begins. */
const nextStep = (keys: readonly KeptKey[], now: number): Due => {
  const inState = (state: KeptKey['state']) => keys.filter((key) => key.state === state);
  const waiting = (step: RotationStep, some: readonly KeptKey[]): Due => ({ step, at: Math.max(...some.map(({ until = now }) => until)) });
  const [published, retired] = [inState('published'), inState('retired')];
  if (keys.length === 0) return { step: 'create', at: now };
  if (published.length > 0) return waiting('sign', published);
  if (retired.length > 0) return waiting('remove', retired);
  return { step: 'publish', at: now };
};

type Change = Pick<PolicyChange<void>, 'put' | 'remove'>;
type Made = Awaited<ReturnType<typeof makeKeys>>;

const put = (body: KeptKey) => ({ kind: 'oidc-key', id: body.kid, body }) as const;

/** What each step writes. */
const changes: Readonly<
  Record<
    RotationStep,
    (
      keys: readonly KeptKey[],
      now: number,
      fresh: { readonly made: Made; readonly publishedFor: number; readonly secrets: Secrets },
    ) => Change
  >
> = {
  create: (_, now, { made, secrets }) => ({ put: putMade(secrets, made, { state: 'signing', since: now }) }),
  publish: (_, now, { made, publishedFor, secrets }) => ({
    put: putMade(secrets, made, { state: 'published', since: now, until: now + publishedFor }),
  }),
  sign: (keys, now) => ({
    put: keys.flatMap(({ until: _, ...key }) => {
      if (key.state === 'published') return put({ ...key, state: 'signing', since: now });
      return key.state === 'signing' ? put({ ...key, state: 'retired', since: now, until: now + keptAfterwards }) : [];
    }),
  }),
  remove: (keys) => ({
    remove: keys.filter(({ state }) => state === 'retired').map(({ kid }) => ({ kind: 'oidc-key', id: kid }) as const),
  }),
};

const shown = ({ sealed: _, ...key }: KeptKey) => key;

const done: Readonly<Record<RotationStep, string>> = {
  create: 'oidc-key.created',
  publish: 'oidc-key.published',
  sign: 'oidc-key.signing',
  remove: 'oidc-key.removed',
};

const checked = (publishedFor: number): number => {
  if (publishedFor >= leastPublished && publishedFor <= mostPublished) return publishedFor;
  throw new StepwardError('invalid_request', 'new keys are published for an hour to 31 days before they sign');
};

/** The provider's keys for operators. No step comes before its time, and of two who ask at once one does it. */
export const createProviderKeys = (policies: Policies, secrets: Secrets, now: () => number): ProviderKeys => {
  const answer = (keys: readonly KeptKey[], step?: RotationStep): Rotation => ({
    ...(step && { done: step }),
    next: nextStep(keys, now()),
    keys: keys.map(shown),
  });
  return {
    list: async () => answer(keptKeys(await policies.fresh())),
    rotate: async (actor, publishedFor = leastPublished) => {
      const asked = checked(publishedFor);
      const { step } = nextStep(keptKeys(await policies.fresh()), now());
      const made = step === 'create' || step === 'publish' ? await makeKeys() : [];
      const isDone = await policies.change((set) => {
        const keys = keptKeys(set);
        const at = now();
        const due = nextStep(keys, at);
        // another has done it meanwhile: this call does not go on with the one after
        if (due.step !== step || due.at > at) return { answer: false };
        const change = changes[step](keys, at, { made, publishedFor: asked, secrets });
        const touched = [...(change.put ?? []), ...(change.remove ?? [])];
        return { ...change, audit: touched.map(({ id }) => ({ actor, what: done[step], subject: id })), answer: true };
      });
      return answer(keptKeys(await policies.current()), isDone ? step : undefined);
    },
  };
};
