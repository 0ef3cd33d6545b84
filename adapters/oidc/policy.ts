import { decodeJwt } from 'jose';
import { interactionPolicy } from 'oidc-provider';
import type { Decision } from './decision.ts';
import type { Directory } from './directory.ts';

const { base, Check, Prompt } = interactionPolicy;

/** The interaction policy: sign-in, then Stepward's decision, then consent. */
export const createPolicy = ({ needsSignIn, isOwed, beganAt, owed }: Decision, directory: Directory): interactionPolicy.DefaultPolicy => {
  const policy = base();
  const login = policy.get('login');
  if (!login) throw new TypeError('the policy has no login prompt');
  // an acr is proven by a challenge, not by signing in again
  login.checks.remove('essential_acr');
  login.checks.remove('essential_acrs');
  login.checks.add(new Check('upstream', 'End-User authentication is required', 'login_required', needsSignIn));
  const hinted = login.checks.get('id_token_hint');
  // the library looks at the hint where the request begins, and not again when somebody has signed in
  if (hinted) {
    const { check } = hinted;
    hinted.check = (ctx) => {
      const { entities, params } = ctx.oidc;
      const hint = params?.id_token_hint;
      if (entities.IdTokenHint === undefined && typeof hint === 'string')
        ctx.oidc.entity('IdTokenHint', { header: {}, payload: decodeJwt(hint) });
      return check(ctx);
    };
  }
  // they compare subjects, and of a session without its account nobody knows one; `upstream` asks for a sign-in
  for (const name of ['id_token_hint', 'claims_id_token_sub_value'] as const) {
    const compares = login.checks.get(name);
    if (!compares) continue;
    const { check } = compares;
    compares.check = (ctx) => {
      const isUnknown = ctx.oidc.session?.accountId !== undefined && ctx.oidc.entities.Account === undefined;
      return isUnknown ? false : check(ctx);
    };
  }
  const { details } = login;
  login.details = async (ctx) => ({ ...(await details(ctx)), beganAt: beganAt(ctx) });
  policy.add(
    new Prompt(
      { name: 'stepward' },
      (ctx) => ({ beganAt: beganAt(ctx) }),
      new Check('decision', 'a challenge is required', 'interaction_required', isOwed, (ctx) => ({ owed: owed(ctx) })),
    ),
    1,
  );
  const consent = policy.get('consent');
  const native = consent?.checks.get('native_client_prompt');
  // nobody is asked about the house's own applications
  if (native) {
    const { check } = native;
    native.check = (ctx) => !directory.client(ctx.oidc.client?.clientId)?.firstParty && check(ctx);
  }
  return policy;
};
