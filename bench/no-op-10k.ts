// Bench `no-op-10k`: time of a run of 10,000 cached steps relative to a run of 1,000 cached steps, and the peak memory
// of the larger run.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { atMost, pairedRatio, time } from './measure.ts';
import type { Measurement } from './measure.ts';
import { inFolder, lethe, NODE, writeLayeredPipeline } from './projects.ts';
import { root } from '../scripts/prepare.mjs';

const MEMORY_LIMIT_MB = 400;

export async function measure(): Promise<readonly Measurement[]> {
  return inFolder((large) =>
    inFolder((small) => {
      const ten = lethe(large, 'run', writeLayeredPipeline(large, 10_000));
      const one = lethe(small, 'run', writeLayeredPipeline(small, 1000));
      time(ten);
      time(one);
      const { ratio, a, b } = pairedRatio(ten, one, 7);
      const peak = peakMegabytes(large);
      return [
        atMost('no-op-10k', ratio, 5, `10,000 steps ${a.toFixed(2)} s, 1,000 steps ${b.toFixed(2)} s`),
        atMost('no-op-10k/memory', peak / MEMORY_LIMIT_MB, 1, `peak ${peak.toFixed(0)} MB of ${MEMORY_LIMIT_MB} MB`),
      ];
    }),
  );
}

/** Executes a run and returns its peak resident memory in MiB, as the process itself measures it at its end. */
function peakMegabytes(folder: string): number {
  const report = `process.on('exit', () => require('node:fs').writeSync(2, 'PEAK ' + process.resourceUsage().maxRSS + '\\n'))`;
  const preload = `data:text/javascript,${encodeURIComponent(`import { createRequire } from 'node:module'; const require = createRequire('/'); ${report}`)}`;
  const argv = ['--import', preload, join(root, 'dist', 'cli.js'), 'run', join(folder, 'pipeline.yaml')];
  const done = spawnSync(NODE, argv, { env: { ...process.env, LETHE_CACHE: join(folder, 'cache') }, encoding: 'utf8' });
  const peak = /PEAK (\d+)/.exec(done.stderr)?.[1];
  if (done.status !== 0 || peak === undefined) throw new Error(`no peak memory: ${done.stderr}`);
  return Number(peak) / 1024;
}
