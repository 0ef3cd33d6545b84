'use strict';
const { AsyncLocalStorage } = require('node:async_hooks');
const { format } = require('node:util');
const { createApi, startEffects } = require('./api.cjs');
const { createRealm } = require('./globals.cjs');
const { checkSecrets, createCache, limits } = require('./limits.cjs');

const freeze = (value) => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
};

/** An object that can be looked at and not written, and shows what is written elsewhere. */
const lookAt = (live) => {
  const refuse = () => false;
  return new Proxy(live, {
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
    setPrototypeOf: refuse,
    preventExtensions: refuse,
  });
};

const eventFor = (given, secrets, metadata) => {
  const { transaction, ...event } = structuredClone(given);
  freeze(event);
  const whole = { ...event, secrets: freeze({ ...secrets }) };
  if (transaction !== undefined) whole.transaction = Object.freeze({ ...freeze(transaction), metadata: lookAt(metadata) });
  return Object.freeze(whole);
};

/** What Auth0 puts in place of the request once the browser is at `/continue`. */
const resumedWith = (event, { method = 'POST', query = {}, body = {}, ip, user_agent, ...more } = {}) => ({
  ...event,
  request: {
    ...event.request,
    ...more,
    method,
    query,
    body,
    ...(ip !== undefined && { ip }),
    ...(user_agent !== undefined && { user_agent }),
  },
});

/**
 * An Action in a context of its own, which serves all its executions as Auth0's Node 22 runtime does.
 * @param about `hurry`: how many times faster than the wall clock time goes inside, limits included.
 */
exports.createLocal = ({ code, secrets = {}, fetch, hurry = 1 }) => {
  const size = Buffer.byteLength(code);
  if (size > limits.codeBytes) throw new Error(`an Action has ${limits.codeBytes} bytes at most, this one ${size}`);
  checkSecrets(secrets);
  const mostMs = Math.ceil(limits.executionMs / hurry);
  const cache = createCache();
  // one context, so one console for executions that go on side by side
  const running = new AsyncLocalStorage();
  const write = (...given) => {
    const lines = running.getStore();
    if (lines) lines.text = `${lines.text}${format(...given)}\n`.slice(0, limits.consoleCharacters);
  };
  const console = { log: write, info: write, warn: write, error: write, debug: write };
  const realm = createRealm({ fetch, console, hurry });
  const handlers = realm.load(code, mostMs);

  const run = async (name, given, isContinue) => {
    const metadata = { ...given.transaction?.metadata };
    const effects = startEffects(metadata);
    const lines = { text: '' };
    const event = eventFor(given, secrets, metadata);
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('the execution took too long')), mostMs);
    });
    try {
      if (typeof handlers[name] !== 'function') throw new Error(`the Action has no ${name}`);
      const api = createApi(event, effects, { isContinue, cache: cache.api });
      await Promise.race([running.run(lines, () => realm.call(handlers[name], [event, api], mostMs)), late]);
    } catch (failure) {
      effects.error ??= String(failure?.message ?? failure);
    }
    clearTimeout(timer);
    const stops = effects.denied !== undefined || effects.error !== undefined;
    if (stops) for (const next of ['redirectedTo', 'state', 'challenged', 'enrolled']) delete effects[next];
    return structuredClone({ ...effects, console: lines.text });
  };
  return {
    execute: (event) => run('onExecutePostLogin', event, false),
    resume: (event, continued) => {
      cache.clear();
      return run('onContinuePostLogin', resumedWith(event, continued), true);
    },
  };
};
