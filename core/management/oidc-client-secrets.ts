import { StepwardError } from '../errors.ts';
import type { OidcClient } from '../hosts/oidc-client.ts';
import { checkMatch, checkWhole, clientOf, isLive, iso, newSecret, type OidcClientInput, secretOf } from './oidc-client-change.ts';
import type { IfMatch } from './policy-change.ts';
import type { ManagementPorts } from './ports.ts';

export type OidcClientSecretMade = { readonly id: string; readonly createdAt: string; readonly clientSecret?: string };

/**
 * Makes a second secret live beside the first; one that was made here is shown once.
 *
 * @throws StepwardError `not_found`, `already_exists`, `invalid_configuration`.
 */
export const addOidcClientSecret = (
  ports: ManagementPorts,
  actor: string,
  clientId: string,
  { clientSecret }: Pick<OidcClientInput, 'clientSecret'>,
): Promise<OidcClientSecretMade> => {
  const text = clientSecret ?? newSecret(ports);
  const secret = secretOf(ports, clientId, text);
  return ports.policies.change((set) => {
    const before = clientOf(set, clientId);
    if (isLive(before, secret)) throw new StepwardError('already_exists', `this secret of \`${clientId}\` is live already`);
    const after: OidcClient = { ...before, secrets: [...before.secrets, secret], version: before.version + 1 };
    checkWhole(ports, set, after);
    return {
      put: [{ kind: 'oidc-client', id: clientId, body: after }],
      audit: [{ actor, what: 'oidc-client.secret-added', subject: clientId, detail: { secretId: secret.id, version: after.version } }],
      answer: { id: secret.id, createdAt: iso(secret.createdAt), ...(clientSecret === undefined && { clientSecret: text }) },
    };
  });
};

/**
 * Ends a secret at once. The last one stays: a client without any could not sign anybody in.
 *
 * @throws StepwardError `not_found`, `precondition_failed`, `invalid_configuration`.
 */
export const removeOidcClientSecret = (
  ports: ManagementPorts,
  actor: string,
  clientId: string,
  secretId: string,
  ifMatch: IfMatch,
): Promise<void> =>
  ports.policies.change((set) => {
    const before = clientOf(set, clientId);
    checkMatch(before, ifMatch);
    const secrets = before.secrets.filter(({ id }) => id !== secretId);
    if (secrets.length === before.secrets.length) throw new StepwardError('not_found', `no secret \`${secretId}\` of \`${clientId}\``);
    if (secrets.length === 0)
      throw new StepwardError('invalid_configuration', 'the last secret stays: make another one first, or remove the client');
    return {
      put: [{ kind: 'oidc-client', id: clientId, body: { ...before, secrets, version: before.version + 1 } }],
      audit: [{ actor, what: 'oidc-client.secret-removed', subject: clientId, detail: { secretId, version: before.version + 1 } }],
      answer: undefined,
    };
  });
