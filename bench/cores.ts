// Bench `cores`: speed-up of a sweep by a second worker process, from an empty cache, one thread per worker. For
// comparison, it reports the speed-up of the kernels alone by a second process, which is the most that the machine
// allows.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, median, time } from './measure.ts';
import type { Measurement } from './measure.ts';
import { measurePeak } from './peak.ts';
import { ONE_THREAD, processorBackend } from './profiled-run.ts';
import { inFolder, lethe } from './projects.ts';

const ROUNDS = 3;
const PIPELINE = `pipeline: cores
steps:
  data: { use: make-shapes, with: { count: 8, size: 32 } }
  training: { use: make-shapes, with: { count: 64, size: 32, seed: training } }
  network: { use: train-network, with: { architecture: resnet20, epochs: 1 }, from: { data: training } }
  tap: { use: tap-layer, from: { network: network }, each: { layer: [layer1, layer2, layer3, fc] } }
  delta: { use: estimate-delta-f2, from: { tap: tap, data: data } }
  sigma: { use: optimize-sigma, from: { tap: tap, delta: delta, data: data } }
`;

export async function measure(): Promise<readonly Measurement[]> {
  const backend = processorBackend();
  const seconds = async (workers: number): Promise<number> =>
    inFolder((folder) => {
      const file = join(folder, 'pipeline.yaml');
      writeFileSync(file, PIPELINE);
      const command = (...args: readonly string[]) => {
        const run = lethe(folder, 'run', file, ...args, '--backend', backend, '--jobs', String(workers));
        return { ...run, env: { ...run.env, ...ONE_THREAD } };
      };
      time(command('tap'));
      return time(command());
    });
  const rounds: { readonly one: number; readonly two: number; readonly kernels: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [one, two] = [await seconds(1), await seconds(2)];
    rounds.push({ one, two, kernels: (await measurePeak(backend, 2)) / (await measurePeak(backend, 1)) });
  }
  const of = (pick: (round: (typeof rounds)[number]) => number): number => median(rounds.map(pick));
  const note = `${backend}: one worker ${of(({ one }) => one).toFixed(1)} s, two ${of(({ two }) => two).toFixed(1)} s; kernels alone ${of(({ kernels }) => kernels).toFixed(2)} times as fast in two processes as in one`;
  return [
    atLeast(
      'cores',
      of(({ one, two }) => one / two),
      1.7,
      note,
    ),
  ];
}
