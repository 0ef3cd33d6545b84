'use strict';
const { isBuiltin } = require('node:module');
const vm = require('node:vm');

/** What an Action finds beside the language. `crypto` only where Node's CommonJS has it: not on 18. */
const names = [
  'URL',
  'URLSearchParams',
  'Headers',
  'Request',
  'Response',
  'AbortController',
  'Buffer',
  'TextEncoder',
  'TextDecoder',
  'crypto',
  'structuredClone',
];

const changesFiles =
  /^(?:_|write|append|mkdir|mkdtemp|rm|unlink|rename|copyFile|cp|symlink|link|truncate|ftruncate|chmod|chown|utimes|createWriteStream)/;

const readOnly = (fs) =>
  new Proxy(fs, {
    get: (target, name) => {
      const refuse = () => {
        throw Object.assign(new Error('EROFS: read-only file system'), { code: 'EROFS' });
      };
      if (name === 'promises') return readOnly(target.promises);
      if (name === 'open' || name === 'openSync')
        return (path, flags, ...more) => (flags === undefined || flags === 'r' ? target[name](path, flags, ...more) : refuse());
      return typeof name === 'string' && changesFiles.test(name) ? refuse : target[name];
    },
  });

const answer = (id) => {
  if (!isBuiltin(id)) throw Object.assign(new Error(`Cannot find module '${id}'`), { code: 'MODULE_NOT_FOUND' });
  return /^(?:node:)?fs(?:\/promises)?$/.test(id) ? readOnly(require(id)) : require(id);
};

/** Timers as the sandbox runs them: `hurry` times as fast as the clock on the wall. */
const timersAt = (hurry) => ({
  setTimeout: (run, ms = 0, ...given) => setTimeout(run, ms / hurry, ...given),
  clearTimeout: (timer) => clearTimeout(timer),
  AbortSignal: new Proxy(AbortSignal, {
    get: (target, name) => {
      if (name !== 'timeout' || hurry === 1) return Reflect.get(target, name);
      return (ms) => AbortSignal.timeout(Math.ceil(ms / hurry));
    },
  }),
});

const readsTime = `(now) => {
  globalThis.Date = class Date extends globalThis.Date {
    constructor(...given) {
      if (given.length === 0) super(now());
      else super(...given);
    }
    static now() {
      return now();
    }
  };
}`;

/** @returns the context, in which nothing can be compiled from text, and `load`, which runs CommonJS in it. */
exports.createRealm = ({ fetch, console, hurry }) => {
  const given = Object.fromEntries(names.flatMap((name) => (globalThis[name] === undefined ? [] : [[name, globalThis[name]]])));
  const context = vm.createContext(
    { ...given, ...timersAt(hurry), console, fetch: fetch ?? ((...asked) => globalThis.fetch(...asked)) },
    { codeGeneration: { strings: false, wasm: false } },
  );
  // the time that everything else in this process reads, which a test may have moved
  const began = Date.now();
  const now = () => (hurry === 1 ? Date.now() : began + (Date.now() - began) * hurry);
  vm.runInContext(readsTime, context)(now);
  const load = (code, timeout) => {
    const run = vm.runInContext(`(function (exports, require, module) {${code}\n})`, context, { filename: 'action.js', timeout });
    const module = { exports: {} };
    run(module.exports, answer, module);
    return module.exports;
  };
  /** Calls with a limit on what runs before the first wait. */
  const call = (handler, given, timeout) => {
    context.__call = () => handler(...given);
    try {
      return vm.runInContext('__call()', context, { timeout });
    } finally {
      delete context.__call;
    }
  };
  return { load, call };
};
