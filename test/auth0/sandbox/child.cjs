'use strict';
const { createLocal } = require('./sandbox.cjs');

/** One sandbox in a process of its own: what it is told by its parent it does, and answers under the same number. */
let sandbox;
const deeds = {
  create: ([about]) => {
    sandbox = createLocal(about);
    return process.version;
  },
  execute: ([event]) => sandbox.execute(event),
  resume: ([event, continued]) => sandbox.resume(event, continued),
};

process.on('message', async ({ id, deed, given }) => {
  try {
    process.send({ id, answer: await deeds[deed](given) });
  } catch (failure) {
    process.send({ id, failure: String(failure?.message ?? failure) });
  }
});
process.on('disconnect', () => process.exit());
