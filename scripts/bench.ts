import { cpus, totalmem } from 'node:os';
import { benchAuth0 } from '../test/bench/auth0.ts';
import { benchAuthorization } from '../test/bench/authorization.ts';
import { benchCognito } from '../test/bench/cognito.ts';
import { benchKeycloak } from '../test/bench/keycloak.ts';
import type { Result } from '../test/bench/result.ts';
import { benchRules } from '../test/bench/rules.ts';
import { benchTrack } from '../test/bench/track.ts';
import { benchVerify } from '../test/bench/verify.ts';

const json = process.argv.includes('--json');
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.versions.node,
  platform: `${process.platform} ${process.arch}`,
};

/** Three figures: a table is read, not computed with. */
const figure = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));

const results: Result[] = [];
const benches = [benchRules, benchTrack, benchVerify, benchAuthorization, benchAuth0, benchCognito, benchKeycloak];
for (const bench of benches) results.push(...(await bench()));
if (json) console.log(JSON.stringify({ machine, results }));
else {
  console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.platform}\n`);
  console.table(
    Object.fromEntries(
      results.map(({ name, ours, theirs, against, ratio, spread, unit }) => [
        name,
        { ours: figure(ours), theirs: figure(theirs), unit, against, ratio: figure(ratio), 'spread %': Math.round(spread * 100) },
      ]),
    ),
  );
}
