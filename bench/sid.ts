// Bench `sid`: speed of a whole `lethe run` that measures SID of ResNet-20 (trained for one epoch) at five layers for
// eight images, on each available backend. It reports evaluations (forward pass and VJP) per second, and the share of
// time outside the tensor kernels.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { autoOrder } from '../src/compute/find-backends.ts';
import { atMost, reported, time } from './measure.ts';
import type { Measurement } from './measure.ts';
import type { ProfiledRun } from './profiled-run.ts';
import { profiledRun, rowsOf } from './profiled-run.ts';
import { inFolder, lethe } from './projects.ts';

const IMAGES = 8;
const PIPELINE = `pipeline: sid
steps:
  data: { use: make-shapes, with: { count: ${IMAGES}, size: 32 } }
  training: { use: make-shapes, with: { count: 64, size: 32, seed: training } }
  network: { use: train-network, with: { architecture: resnet20, epochs: 1 }, from: { data: training } }
  tap: { use: tap-layer, from: { network: network }, each: { layer: [conv1, layer1, layer2, layer3, fc] } }
  delta: { use: estimate-delta-f2, with: { precision: 0.05 }, from: { tap: tap, data: data } }
  sigma: { use: optimize-sigma, from: { tap: tap, delta: delta, data: data } }
  table: { use: aggregate, from: { tables: sigma } }
`;

export async function measure(): Promise<readonly Measurement[]> {
  const measured: Measurement[] = [];
  for (const backend of autoOrder().filter((name) => name !== 'cpu')) {
    const { run, evaluations } = await runSid(backend);
    const speed = `${backend}: ${evaluations.toFixed(0)} evaluations in ${run.seconds.toFixed(1)} s, one core`;
    measured.push(
      reported(`sid/${backend}`, evaluations / run.seconds, `evaluations per second; ${speed}`),
      atMost(`sid/${backend}/outside`, run.outside, 0.1, `of the whole run outside kernels; ${speed}`),
    );
  }
  return measured;
}

/** Measures sigma with one worker. The network and delta_f^2 are cached before the measured run. */
export function runSid(backend: string): Promise<{ readonly run: ProfiledRun; readonly evaluations: number }> {
  return inFolder((folder) => {
    const file = join(folder, 'pipeline.yaml');
    writeFileSync(file, PIPELINE);
    time(lethe(folder, 'run', file, 'tap', 'delta', '--backend', backend, '--jobs', '1'));
    const run = profiledRun(folder, { backend, workers: 1, args: [file] });
    const rows = rowsOf<{ readonly evaluations: number }>(folder, 'sigma', [file]);
    return { run, evaluations: rows.reduce((sum, row) => sum + row.evaluations, 0) };
  });
}
