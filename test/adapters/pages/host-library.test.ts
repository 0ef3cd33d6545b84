import { generateKeyPairSync } from 'node:crypto';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostScreen } from '../../../core/index.ts';
import { createUpstreamMemory } from '../../support/upstream-memory.ts';
import { type Pages, servePages } from './serve-pages.ts';
import { views } from './views.ts';
import { visitor } from './visitor.ts';

const goodbye = 'https://wiki.example/goodbye';

describe('a host’s pages in the answers of the provider’s library', () => {
  let pages: Pages;
  let provider: Provider;
  beforeAll(async () => {
    pages = await servePages(views.choose);
    const { host, origin } = pages;
    // the library sets the cookies of its session after the page was made: the answer stays its own
    const put = async (ctx: KoaContextWithOIDC, screen: HostScreen, given = 200): Promise<void> => {
      const { status, headers, body } = await host.page(ctx.req, screen, { status: given });
      ctx.status = status;
      ctx.set({ ...headers });
      ctx.body = body;
    };
    const secretOf = ({ oidc }: KoaContextWithOIDC) => String((oidc.session?.state as { readonly secret?: unknown } | undefined)?.secret);
    const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
    provider = new Provider(`${origin}/oidc`, {
      adapter: createUpstreamMemory(),
      jwks: { keys: [{ ...key, kid: '1', alg: 'ES256' }] as never },
      ttl: { Session: 600 },
      clients: [
        {
          client_id: 'wiki',
          client_name: 'Wiki',
          redirect_uris: ['https://wiki.example/back'],
          post_logout_redirect_uris: [goodbye],
          token_endpoint_auth_method: 'none',
          id_token_signed_response_alg: 'ES256',
        },
      ],
      features: {
        devInteractions: { enabled: false },
        rpInitiatedLogout: {
          enabled: true,
          logoutSource: (ctx) =>
            put(ctx, {
              screen: 'sign-out',
              action: ctx.oidc.urlFor('end_session_confirm'),
              fields: { xsrf: secretOf(ctx) },
              client: 'Wiki',
            }),
          postLogoutSuccessSource: (ctx) => put(ctx, { screen: 'signed-out', client: ctx.oidc.client?.clientName }),
        },
      },
      renderError: (ctx, { error }) => put(ctx, { screen: 'host-error', error, reference: 'ref-1' }, ctx.status),
    });
    provider.use(async (ctx, next) => {
      for (const [name, value] of Object.entries(host.headers('auto-post'))) ctx.set(name, value);
      await next();
      const goal = ctx.response.get('location');
      if (ctx.method !== 'POST' || !goal) return;
      const { status, headers, body } = await host.leaving(ctx.req, goal);
      ctx.status = status;
      ctx.set({ ...headers });
      ctx.body = body;
    });
    const callback = provider.callback();
    pages.answerBy((request, response) => callback(request, response));
  });
  afterAll(() => pages.close());

  const signedIn = async () => {
    const own = visitor(pages);
    const session = new provider.Session();
    session.loginAccount({ accountId: 'ada', transient: false });
    const id = await session.save(600);
    own.jar.set('_session', id);
    return { own, uid: session.uid, session: () => provider.Session.find(own.jar.get('_session') ?? id) };
  };

  it('signing out by the form of our page ends the session, and leads to the application by the leaving page', async () => {
    const { own, uid } = await signedIn();
    const page = await own.get(`/oidc/session/end?client_id=wiki&post_logout_redirect_uri=${goodbye}&state=s1`);
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([200, expect.stringContaining("form-action 'self'")]);
    expect(page.headers.getSetCookie().join()).toContain('_session=');
    expect(page.body).toContain(`<form method="post" action="${pages.origin}/oidc/session/end/confirm"`);
    const answer = await own.post({ xsrf: page.field('xsrf'), logout: 'yes' }, {}, '/oidc/session/end/confirm');
    expect([answer.status, answer.headers.get('location')]).toEqual([303, expect.stringMatching(/^\/challenge\/on\?to=/)]);
    expect(answer.setCookies.join()).toMatch(/_session=;/);
    expect((await own.get(answer.headers.get('location') ?? '')).body).toContain(`content="0;url=${goodbye}?state=s1"`);
    expect(await provider.Session.findByUid(uid)).toBeUndefined();
  });

  it('staying signed in keeps the session', async () => {
    const { own, uid, session } = await signedIn();
    const page = await own.get(`/oidc/session/end?client_id=wiki&post_logout_redirect_uri=${goodbye}`);
    const answer = await own.post({ xsrf: page.field('xsrf') }, {}, '/oidc/session/end/confirm');
    expect(answer.headers.get('location')).toMatch(/^\/challenge\/on/);
    expect(await session()).toMatchObject({ accountId: 'ada', uid });
  });

  it('without the `xsrf` of this session nothing is ended', async () => {
    const { own, session } = await signedIn();
    const { own: other } = await signedIn();
    await own.get('/oidc/session/end?client_id=wiki');
    const foreign = (await other.get('/oidc/session/end?client_id=wiki')).field('xsrf');
    for (const fields of [{ logout: 'yes' }, { xsrf: foreign, logout: 'yes' }]) {
      const answer = await own.post(fields as Record<string, string>, { accept: 'text/html' }, '/oidc/session/end/confirm');
      expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('ref-1')]);
      expect(answer.body).not.toContain('xsrf token');
    }
    expect(await session()).toMatchObject({ accountId: 'ada' });
  });

  it('nobody signed in: the library’s own page posts by itself, its script allowed by hash, under no `form-action`', async () => {
    const { body, headers } = await visitor(pages).get('/oidc/session/end?client_id=wiki');
    expect(body).toContain('document.forms[0].submit()');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/=]+'/);
    expect(policy).not.toContain('form-action');
    expect(policy).toContain("default-src 'none'");
  });

  it('an error that cannot be sent on is our page, without what the library says of it', async () => {
    const { status, body } = await visitor(pages).get('/oidc/auth?client_id=<b>nobody&response_type=code', { accept: 'text/html' });
    expect(status).toBe(400);
    expect(body).toContain('You cannot sign in to this application here');
    expect(body).not.toMatch(/nobody|client is invalid/);
  });
});
