import module from 'node:module';
import { fileURLToPath } from 'node:url';

/** Loaded before everything else, in plain JavaScript: an older Node cannot even read the files that follow. */
const least = [22, 18];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

/** Ends the process with one line where this Node is too old to run Stepward. */
export const requireNode = () => {
  if (major > least[0] || (major === least[0] && minor >= least[1])) return;
  process.stderr.write(
    `stepward needs Node ${least.join('.')} or newer and this is ${process.versions.node}: run it through npm, which brings its own (npm ci, npm start, npm test)\n`,
  );
  process.exit(1);
};

requireNode();

// hundreds of small TypeScript files: from the second start on they need not be stripped and compiled again (less time, 35 MB less memory)
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/stepward', import.meta.url)));
