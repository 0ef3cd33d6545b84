import { base64url } from '../base64url.ts';
import { StepwardError } from '../errors.ts';
import type { ApiKey } from '../policy/policies.ts';
import { apiKeyHash, mintApiKey } from './api-key-hash.ts';
import type { ManagementPorts } from './ports.ts';

export type ApiKeyInput = {
  readonly name: string;
  readonly kind: ApiKey['kind'];
  readonly actions?: readonly string[];
  /** Milliseconds. */
  readonly expiresAt?: number;
};

export type ApiKeyAnswer = {
  readonly id: string;
  readonly name: string;
  readonly kind: ApiKey['kind'];
  readonly actions?: readonly string[];
  readonly expiresAt?: string;
  readonly createdAt: string;
};

const iso = (at: number): string => new Date(at).toISOString();

const shown = ({ id, name, kind, actions, expiresAt, createdAt }: ApiKey): ApiKeyAnswer => ({
  id,
  name,
  kind,
  ...(actions && { actions }),
  ...(expiresAt !== undefined && { expiresAt: iso(expiresAt) }),
  createdAt: iso(createdAt),
});

/** The keys that were made here, without what opens anything. */
export const listApiKeys = async ({ policies }: ManagementPorts): Promise<readonly ApiKeyAnswer[]> =>
  [...(await policies.fresh()).apiKeys.values()].toSorted((left, right) => left.createdAt - right.createdAt).map(shown);

/** Makes a key. It is shown in this answer and never again. */
export const createApiKey = async (
  ports: ManagementPorts,
  actor: string,
  input: ApiKeyInput,
): Promise<ApiKeyAnswer & { readonly key: string }> => {
  const now = ports.now();
  if (input.expiresAt !== undefined && input.expiresAt <= now)
    throw new StepwardError('invalid_request', '`expiresAt` must be in the future');
  const id = ports.uuid();
  const key = mintApiKey(input.kind, id, base64url(ports.randomBytes(32)));
  const kept: ApiKey = { id, ...input, hash: apiKeyHash(ports.secrets, key), createdAt: now };
  const answer = shown(kept);
  return ports.policies.change(() => ({
    put: [{ kind: 'api-key', id, body: kept }],
    audit: [{ actor, what: 'api-key.created', subject: id, detail: { after: answer } }],
    answer: { ...answer, key },
  }));
};

/** Ends a key: it is refused on every node from now on. */
export const deleteApiKey = (ports: ManagementPorts, actor: string, id: string): Promise<void> =>
  ports.policies.change((set) => {
    const before = set.apiKeys.get(id);
    if (!before) throw new StepwardError('not_found', `no API key \`${id}\``);
    return {
      remove: [{ kind: 'api-key', id }],
      audit: [{ actor, what: 'api-key.deleted', subject: id, detail: { before: shown(before) } }],
      answer: undefined,
    };
  });
