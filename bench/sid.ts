// SID of ResNet-20 (random weights), five layers, eight images, whole process, on each backend present: evaluations (forward and
// VJP) per second, and the share of time outside the kernels: whole process against the same evaluations in a bare loop.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/prepare.mjs';
import { reported, time } from './measure.ts';
import type { Measurement } from './measure.ts';
import { inFolder, lethe, NODE } from './projects.ts';

const PIPELINE = `pipeline: sid
steps:
  data: { use: make-shapes, with: { count: 8, size: 32 } }
  training: { use: make-shapes, with: { count: 64, size: 32, seed: training } }
  model: { use: train-model, with: { architecture: resnet20, epochs: 1 }, from: { data: training } }
  tap: { use: tap-layer, from: { model: model }, each: { layer: [conv1, layer1, layer2, layer3, fc] } }
  delta: { use: estimate-delta-f2, with: { precision: 0.05 }, from: { tap: tap, data: data } }
  sigma: { use: optimize-sigma, from: { tap: tap, delta: delta, data: data } }
  table: { use: aggregate, from: { tables: sigma } }
`;

interface Speed {
  readonly vjpPerSecond?: number;
  readonly why?: string;
}

export async function measure(): Promise<readonly Measurement[]> {
  const measured: Measurement[] = [];
  for (const backend of ['tensorflow', 'wasm']) {
    const env = {
      LETHE_BACKEND: backend,
      TF_NUM_INTRAOP_THREADS: '1',
      TF_NUM_INTEROP_THREADS: '1',
      TF_CPP_MIN_LOG_LEVEL: '3',
    };
    const script = join(root, 'dist', 'network', 'measure-backend.js');
    const speed = JSON.parse(
      execFileSync(NODE, [script], { encoding: 'utf8', env: { ...process.env, ...env } }),
    ) as Speed;
    if (speed.why !== undefined) continue;
    measured.push(await inFolder((folder) => measureBackend(folder, backend, speed.vjpPerSecond ?? NaN)));
  }
  return measured;
}

function measureBackend(folder: string, backend: string, loopSpeed: number): Measurement {
  const file = join(folder, 'pipeline.yaml');
  writeFileSync(file, PIPELINE);
  const command = (...args: readonly string[]) =>
    lethe(folder, 'run', file, ...args, '--backend', backend, '--jobs', '1');
  time(command('tap', 'delta'));
  const seconds = time(command());
  const show = lethe(folder, 'show', file, 'table', '--format', 'json');
  const text = execFileSync(show.argv[0], show.argv.slice(1), {
    encoding: 'utf8',
    env: { ...process.env, ...show.env },
  });
  const rows = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { evaluations: number });
  const evaluations = rows.reduce((sum, row) => sum + row.evaluations * 8, 0);
  const perSecond = evaluations / seconds;
  const note = `${backend}: ${evaluations.toFixed(0)} evaluations in ${seconds.toFixed(1)} s, ${perSecond.toFixed(0)}/s over five depths; a bare loop over the whole network ${loopSpeed.toFixed(0)}/s`;
  return reported(`sid/${backend}`, perSecond / loopSpeed, note);
}
