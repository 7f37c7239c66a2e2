// Bench `overhead`: time per step of a first run of 1,000 trivial steps in the main process, relative to the time per
// script of wireit, which executes `true` 200 times.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atMost, median, time } from './measure.ts';
import type { Measurement } from './measure.ts';
import { inFolder, installPackages, lethe, writeLayeredPipeline } from './projects.ts';

const STEPS = 1000;
const SCRIPTS = 200;
const ROUNDS = 5;

export async function measure(): Promise<readonly Measurement[]> {
  return inFolder((folder) => {
    const ours = lethe(folder, 'run', writeLayeredPipeline(folder, STEPS));
    writeWireit(folder);
    installPackages(folder, 'wireit@0.14.13');
    const theirs = { argv: ['npm', 'run', '--silent', 'all'] as const, cwd: folder };
    const pairs = Array.from({ length: ROUNDS }, () => {
      rmSync(join(folder, 'cache'), { recursive: true, force: true });
      rmSync(join(folder, '.wireit'), { recursive: true, force: true });
      return { a: time(ours) / STEPS, b: time(theirs) / SCRIPTS };
    });
    const ratio = median(pairs.map(({ a, b }) => a / b));
    const [a, b] = [median(pairs.map((pair) => pair.a)), median(pairs.map((pair) => pair.b))];
    const note = `${(a * 1000).toFixed(2)} ms per step (whole process / ${STEPS}), wireit ${(b * 1000).toFixed(1)} ms per script`;
    return [atMost('overhead', ratio, 0.1, note)];
  });
}

function writeWireit(folder: string): void {
  const names = Array.from({ length: SCRIPTS }, (_, i) => `s${i}`);
  const value = {
    name: 'bench',
    private: true,
    scripts: { all: 'wireit', ...Object.fromEntries(names.map((name) => [name, 'wireit'])) },
    wireit: {
      all: { dependencies: names },
      ...Object.fromEntries(names.map((name) => [name, { command: 'true', files: [], output: [] }])),
    },
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(value, null, 2));
}
