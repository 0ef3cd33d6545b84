'use strict';
const { createHmac, timingSafeEqual } = require('node:crypto');

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const mac = (secret, text) => createHmac('sha256', secret).update(text).digest();
const demandSecret = (secret) => {
  if (typeof secret !== 'string' || secret === '') throw new Error('a secret is required');
};

/** `api.redirect.encodeToken`: signed, readable by everybody. */
exports.encodeToken = (event, { secret, payload = {}, expiresInSeconds = 900 }) => {
  demandSecret(secret);
  const iat = Math.floor(Date.now() / 1000);
  const own = { sub: event.user.user_id, iss: event.request.hostname, iat, exp: iat + expiresInSeconds, ip: event.request.ip };
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ ...payload, ...own })}`;
  return `${signed}.${mac(secret, signed).toString('base64url')}`;
};

const read = (text) => {
  try {
    const [header, claims] = text.split('.');
    const of = (json) => JSON.parse(Buffer.from(json, 'base64url').toString());
    return { header: of(header), claims: of(claims) };
  } catch {
    throw new Error('The token is not a JWT');
  }
};

const isSigned = (text, header, secret) => {
  const [head, body, signature = ''] = text.split('.');
  const given = Buffer.from(signature, 'base64url');
  const own = mac(secret, `${head}.${body}`);
  return header.alg === 'HS256' && given.length === own.length && timingSafeEqual(given, own);
};

/** `api.redirect.validateToken`: its checks in Auth0's order, each with an error of its own. */
exports.validateToken = (event, { secret, tokenParameterName = 'session_token' }) => {
  demandSecret(secret);
  const { query = {}, body = {} } = event.request;
  const text = query[tokenParameterName] ?? body[tokenParameterName];
  if (typeof text !== 'string' || text === '') throw new Error(`There is no parameter called '${tokenParameterName}' available`);
  const { header, claims } = read(text);
  if (typeof claims.state !== 'string' || claims.state !== (query.state ?? body.state))
    throw new Error('State in the token does not match');
  if (!isSigned(text, header, secret)) throw new Error('invalid signature');
  for (const name of ['sub', 'iss', 'exp', 'iat']) if (claims[name] === undefined) throw new Error(`The claim '${name}' is missing`);
  if (header.typ !== 'JWT') throw new Error('The token has no type of JWT');
  if (claims.sub !== event.user.user_id) throw new Error('The subject of the token is another user');
  if (!(claims.exp > Date.now() / 1000)) throw new Error('jwt expired');
  return claims;
};
