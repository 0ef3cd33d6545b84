import { randomBytes } from 'node:crypto';
import * as openid from 'openid-client';
import { buildAuth0Action } from '../../../scripts/build-auth0.ts';
import { appOrigin, clientSecret, redirectUri } from '../../support/oidc.ts';
import { type Served, startServed } from '../../support/served.ts';
import { createWebBrowser, type WebBrowser } from '../../support/web-browser.ts';
import { createSandbox, type Sandbox } from '../sandbox/index.ts';
import { claimNamespace } from './provider.ts';
import { startTenant, type Tenant, type TenantSettings } from './tenant.ts';

export type Call = { readonly path: string; readonly body: Readonly<Record<string, unknown>> };

/** An Auth0 tenant on `127.0.0.1`, whose Action asks a Stepward on `localhost`: two sites. */
export type Auth0World = {
  readonly served: Served;
  readonly tenant: Tenant;
  /** The secrets of the Action as deployed. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Deploys the Action anew, with other secrets. */
  deploy(secrets?: Readonly<Record<string, string>>): Promise<void>;
  /** The Action itself, as deployed. */
  readonly action: Sandbox;
  /** What the Action asked of the server, oldest first. */
  readonly calls: readonly Call[];
  /** The application `app`, as openid-client is one. */
  readonly app: openid.Configuration;
  /** Somebody's browser; it stops where the application begins. */
  browser(): WebBrowser;
  end(): Promise<void>;
};

export const newSecret = (): string => randomBytes(32).toString('base64url');

const oneBuild = { action: undefined as Promise<string> | undefined };
/** The Action as it is pasted, built once a process. */
export const builtAction = (): Promise<string> => {
  oneBuild.action ??= buildAuth0Action();
  return oneBuild.action;
};

export const startAuth0World = async (
  settings: TenantSettings & { readonly secrets?: Readonly<Record<string, string>> },
): Promise<Auth0World> => {
  const code = await builtAction();
  const tenant = await startTenant(settings);
  const origins = [tenant.issuer, `https://${tenant.customDomain}`];
  const served = await startServed({ STEPWARD_REDIRECT_ORIGINS: origins.join() }, { clock: 'real', development: true });
  let secrets: Readonly<Record<string, string>> = {
    STEPWARD_URL: served.url,
    STEPWARD_SERVER_KEY: served.serverKey,
    STEPWARD_REDIRECT_SECRET: newSecret(),
    STEPWARD_CLAIM_NAMESPACE: claimNamespace,
    // as slow as a loaded machine may be
    STEPWARD_TIMEOUT_MS: '8000',
    ...settings.secrets,
  };
  await served.manage('POST', '/auth0-tenants', { id: 'lab', domains: [tenant.domain], secrets: [secrets.STEPWARD_REDIRECT_SECRET] });
  await tenant.register({
    client_id: 'app',
    client_secret: clientSecret,
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
  });
  const calls: Call[] = [];
  const noting: typeof fetch = (asked, init) => {
    calls.push({ path: new URL(String(asked)).pathname, body: JSON.parse(String(init?.body)) });
    return fetch(asked, init);
  };
  let action: Sandbox | undefined;
  const deploy = async (more: Readonly<Record<string, string>> = {}): Promise<void> => {
    secrets = { ...secrets, ...more };
    action = await createSandbox({ code, node: 'current', secrets, fetch: noting });
    tenant.deploy(action);
  };
  await deploy();
  return {
    served,
    tenant,
    get secrets() {
      return secrets;
    },
    deploy,
    get action() {
      if (!action) throw new Error('no Action is deployed');
      return action;
    },
    calls,
    app: await openid.discovery(new URL(tenant.issuer), 'app', undefined, openid.ClientSecretPost(clientSecret)),
    browser: () => createWebBrowser([appOrigin]),
    end: async () => {
      tenant.close();
      await served.end();
    },
  };
};
