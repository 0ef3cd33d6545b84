import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { Pipeline, TenantUser } from './pipeline.ts';
import { refusalOf, type Settled } from './provider.ts';
import type { Waiting } from './waiting.ts';

/** A page of the tenant's own. */
export const page = (title: string, buttons: readonly (readonly [name: string, value: string])[] = []): string =>
  `<!doctype html><html lang="en"><title>Tenant</title><h1>${title}</h1><form method="post">${buttons
    .map(([name, value]) => `<button name="${name}" value="${value}">${value}</button>`)
    .join('')}</form></html>`;

export const show = (response: ServerResponse, status: number, html: string): void =>
  void response.writeHead(status, { 'content-type': 'text/html' }).end(html);

const formOf = async (request: IncomingMessage): Promise<Record<string, string>> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
};

const refused = (why: string) => ({ error: 'access_denied', error_description: why });

export type Place = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

/** Where browsers stop beside the protocol's own endpoints, by the first part of the path. */
export const createPlaces = (
  provider: Provider,
  { users, pipeline, waiting }: { users: Readonly<Record<string, TenantUser>>; pipeline: Pipeline; waiting: Waiting },
): Readonly<Record<string, Place>> => {
  const finish = async (response: ServerResponse, uid: string, result: Readonly<Record<string, unknown>>): Promise<void> => {
    const interaction = await provider.Interaction.find(uid);
    if (!interaction) return show(response, 400, page('Too late'));
    interaction.result = { ...interaction.lastSubmission, ...result };
    await interaction.save(600);
    response.writeHead(302, { location: interaction.returnTo }).end();
  };

  const interaction: Place = async (request, response) => {
    const names = Object.keys(users).map((name) => ['login', name] as const);
    if (request.method !== 'POST') return show(response, 200, page('Sign in at the tenant', names));
    const { login = '' } = await formOf(request);
    if (!users[login]) return show(response, 400, page('Nobody'));
    return provider.interactionFinished(request, response, { login: { accountId: login } });
  };

  /** Back from where the Action sent the browser: the second leg runs, once. */
  const continues: Place = async (request, response, url) => {
    const query = Object.fromEntries(url.searchParams);
    const body = request.method === 'POST' ? await formOf(request) : {};
    const one = waiting.take(request, query.state ?? body.state);
    if (!one) return show(response, 400, page('Invalid state'));
    const { event, effects: before, sessionUid, uid } = one;
    const resumed = { ...event, transaction: { ...event.transaction, metadata: before.metadata } };
    const effects = await pipeline.resume(resumed, sessionUid, {
      method: request.method === 'POST' ? 'POST' : 'GET',
      query,
      body,
      ip: request.socket.remoteAddress,
      user_agent: request.headers['user-agent'],
    });
    const refusal = refusalOf(effects);
    if (refusal !== undefined) return finish(response, uid, refused(refusal));
    const idTokenClaims = { ...before.idTokenClaims, ...effects.idTokenClaims };
    const accessTokenClaims = { ...before.accessTokenClaims, ...effects.accessTokenClaims };
    return finish(response, uid, { actions: { idTokenClaims, accessTokenClaims } } satisfies Settled);
  };

  /** A stand-in for the tenant's own factors: a button is proof enough. */
  const factor: Place = async (request, response, { pathname }) => {
    const [, , uid = ''] = pathname.split('/');
    const { challenged, enrolled, idTokenClaims = {}, accessTokenClaims = {} } = waiting.at(uid)?.effects ?? {};
    const offered = challenged ?? enrolled ?? [];
    const buttons = [...offered, 'cancel'].map((type) => ['factor', type] as const);
    if (request.method !== 'POST') return show(response, 200, page(enrolled ? 'Enroll a factor' : 'Prove a factor', buttons));
    const { factor: type = '' } = await formOf(request);
    const one = waiting.take(request, uid);
    if (!one) return show(response, 400, page('Invalid transaction'));
    if (!offered.includes(type)) return finish(response, uid, refused('the factor was not passed'));
    const { user_id: accountId } = one.event.user;
    if (enrolled) pipeline.enroll(accountId, type);
    pipeline.prove(one.sessionUid, { name: 'mfa', type });
    return finish(response, uid, { login: { accountId, amr: ['mfa'] }, actions: { idTokenClaims, accessTokenClaims } });
  };

  return { interaction, continue: continues, factor };
};
