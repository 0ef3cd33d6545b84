import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Started, start } from '../../adapters/server/start.ts';
import { type OidcClient, oidcClientDefaults, oidcUpstreamDefaults, upstreamSecretContext } from '../../core/index.ts';
import { clientSecret, redirectUri, upstreamSecret } from './oidc.ts';
import { type CapturedMail, startSmtp } from './smtp.ts';
import { startUpstream, type UpstreamProvider } from './upstream-provider.ts';

/** Several nodes of one Stepward behind a proxy that hands each request to the next of them. */
export type OidcNodes = {
  readonly nodes: readonly Started[];
  readonly upstream: UpstreamProvider;
  readonly publicUrl: string;
  readonly mails: readonly CapturedMail[];
  /** By the node with this number. */
  register(node: number, client?: Partial<OidcClient>): Promise<OidcClient>;
  configure(action: string, settings: Readonly<Record<string, unknown>>): Promise<void>;
  /** The number of the node that had each request, oldest first. */
  readonly turns: readonly number[];
  end(): Promise<void>;
};

/** @param about `publicUrl`: of what is in front of the proxy; `headers`: what the proxy adds, or has to add by an attacker. */
export const startOidcNodes = async (about: {
  readonly count: number;
  readonly databaseUrl?: string;
  readonly publicUrl?: (port: number) => string;
  readonly headers?: IncomingHttpHeaders;
}): Promise<OidcNodes> => {
  const folder = mkdtempSync(join(tmpdir(), 'stepward-nodes-'));
  const smtp = await startSmtp();
  const turns: number[] = [];
  const ports: number[] = [];
  const proxy = createServer((from, to) => {
    const turn = turns.length % ports.length;
    turns.push(turn);
    const { method, url: path } = from;
    const on = send({ host: '127.0.0.1', port: ports[turn], method, path, headers: { ...from.headers, ...about.headers } }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      answer.pipe(to);
    });
    on.on('error', () => to.destroy());
    from.pipe(on);
  });
  const port = await new Promise<number>((done) => proxy.listen(0, 'localhost', () => done((proxy.address() as AddressInfo).port)));
  const publicUrl = about.publicUrl?.(port) ?? `http://localhost:${port}`;
  // as development keeps them, so that an identity provider on loopback may be asked
  mkdirSync(join(folder, '.stepward'));
  const kept = {
    STEPWARD_DATABASE_URL: about.databaseUrl ?? `sqlite:${join(folder, 'stepward.db')}`,
    STEPWARD_SERVER_KEYS: `sk_${randomBytes(24).toString('hex')}`,
    STEPWARD_MANAGEMENT_KEYS: `mk_${randomBytes(24).toString('hex')}`,
    STEPWARD_ENCRYPTION_KEYS: `k:${randomBytes(32).toString('base64')}`,
  };
  writeFileSync(
    join(folder, '.stepward', 'env'),
    Object.entries(kept)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
  const env = { STEPWARD_PUBLIC_URL: publicUrl, STEPWARD_SMTP_URL: smtp.url, STEPWARD_LOG_LEVEL: 'silent', HOST: '127.0.0.1', PORT: '0' };
  const nodes: Started[] = [];
  for (let count = 0; count < about.count; count++) nodes.push(await start(env, { folder, now: Date.now }));
  ports.push(...nodes.map((node) => node.port));
  const upstream = await startUpstream({
    clients: [{ client_id: 'stepward', client_secret: upstreamSecret, redirect_uris: [`${publicUrl}/oidc/callback/lab`] }],
  });

  const by = (number: number): Started => {
    const node = nodes[number % nodes.length];
    if (!node) throw new RangeError('there is no such node');
    return node;
  };
  const { policies, ports: of } = by(0).composed;
  const lab = {
    ...oidcUpstreamDefaults,
    ...{ id: 'lab', name: 'Lab', issuer: upstream.issuer, clientId: 'stepward', version: 1, createdAt: Date.now() },
    sealedClientSecret: of.secrets.seal(upstreamSecretContext('lab'), upstreamSecret),
  };
  await policies.change(() => ({ put: [{ kind: 'oidc-upstream', id: 'lab', body: lab }], answer: undefined }));

  return {
    nodes,
    upstream,
    publicUrl,
    mails: smtp.messages,
    turns,
    register: async (number, client = {}) => {
      const clientId = client.clientId ?? 'app';
      const body: OidcClient = {
        ...oidcClientDefaults,
        ...{ id: `${clientId}-1`, name: 'The app', authMethod: 'client_secret_basic', redirectUris: [redirectUri], upstream: 'lab' },
        secrets: [{ id: 's1', hash: of.secrets.hash('oidc-client-secret', `${clientId}\n${clientSecret}`), createdAt: 0 }],
        ...{ version: 1, createdAt: Date.now() - 1_000, ...client, clientId },
      };
      await by(number).composed.policies.change(() => ({ put: [{ kind: 'oidc-client', id: clientId, body }], answer: undefined }));
      return body;
    },
    configure: async (actionCode, settings) => {
      const response = await fetch(`http://localhost:${port}/v1/management/action-configurations`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${kept.STEPWARD_MANAGEMENT_KEYS}:`)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ actionCode, ...settings }),
      });
      if (!response.ok) throw new Error(await response.text());
    },
    end: async () => {
      await upstream.close();
      proxy.closeAllConnections();
      proxy.close();
      for (const node of nodes) await node.stop();
      await smtp.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
