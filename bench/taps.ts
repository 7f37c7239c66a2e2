// Bench `taps`: how many times longer `estimate-delta-f2` takes for five layers of ResNet-20 than for layer3 alone, the
// deepest layer that needs probes. Each layer is measured to a standard error of 1 %. One worker, one thread. The
// weights are the published ones if they are available.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atMost, median, time } from './measure.ts';
import type { Measurement } from './measure.ts';
import { sharedFile } from './peers/plan.ts';
import { ONE_THREAD, outputOf, processorBackend, rowsOf } from './profiled-run.ts';
import { inFolder, lethe } from './projects.ts';

const IMAGES = 16;
const ROUNDS = 5;
const LAYERS = ['conv1', 'layer1', 'layer2', 'layer3', 'fc'] as const;

export async function measure(): Promise<readonly Measurement[]> {
  const backend = processorBackend();
  return inFolder((folder) => {
    const all = writePipeline(folder, 'all', LAYERS);
    const alone = writePipeline(folder, 'alone', ['layer3']);
    for (const file of [all, alone]) time(command(folder, backend, 'run', file, 'tap', 'data'));
    const rounds = Array.from({ length: ROUNDS }, () => ({
      all: secondsOf(folder, backend, all),
      alone: secondsOf(folder, backend, alone),
    }));
    const of = (pick: (round: (typeof rounds)[number]) => number): number => median(rounds.map(pick));
    const rows = rowsOf<{ readonly layer: string; readonly probes: number }>(folder, 'delta', [all]);
    const probes = LAYERS.map((layer) => {
      const own = rows.filter((row) => row.layer === layer);
      return `${layer} ${(own.reduce((sum, row) => sum + row.probes, 0) / own.length).toFixed(0)}`;
    });
    const note = `${backend}: five layers ${of((round) => round.all).toFixed(2)} s, layer3 ${of((round) => round.alone).toFixed(2)} s, ${IMAGES} images; probes per image ${probes.join(', ')}`;
    return [
      atMost(
        'taps',
        of((round) => round.all / round.alone),
        1.6,
        note,
      ),
    ];
  });
}

function writePipeline(folder: string, name: string, layers: readonly string[]): string {
  const file = join(folder, `${name}.yaml`);
  const [weights, images] = [sharedFile('models', 'cifar10', 'resnet20.safetensors'), 'cifar10/test_0000_0599.bin'];
  const here = existsSync(weights) && existsSync(sharedFile(images));
  const shared = sharedFile();
  const data = here
    ? `{ use: load-dataset, with: { format: cifar10, folder: ${JSON.stringify(shared)}, files: [${images}], limit: ${IMAGES} } }`
    : `{ use: make-shapes, with: { count: ${IMAGES}, size: 32 } }`;
  const model = here
    ? `{ use: load-network, with: { folder: ${JSON.stringify(shared)}, architecture: resnet20, weights: models/cifar10/resnet20.safetensors } }`
    : `{ use: train-network, with: { architecture: resnet20, epochs: 1 }, from: { data: training } }`;
  writeFileSync(
    file,
    `pipeline: ${name}
steps:
  data: ${data}
  training: { use: make-shapes, with: { count: 64, size: 32, seed: training } }
  network: ${model}
  tap: { use: tap-layer, from: { network: network }, each: { layer: [${layers.join(', ')}] } }
  delta: { use: estimate-delta-f2, from: { tap: tap, data: data } }
`,
  );
  return file;
}

/** Recomputes all steps of `estimate-delta-f2`. Returns the sum of their seconds, as the run reports them. */
function secondsOf(folder: string, backend: string, file: string): number {
  const events = outputOf(command(folder, backend, 'run', file, 'delta', '--json', '--force', 'delta'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly event: string; readonly step?: string; readonly seconds?: number });
  const finished = events.filter(({ event, step }) => event === 'step-finished' && step?.startsWith('delta'));
  return finished.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
}

function command(folder: string, backend: string, ...args: readonly string[]) {
  const run = lethe(folder, ...args, '--backend', backend, '--jobs', '1');
  return { ...run, env: { ...run.env, ...ONE_THREAD } };
}
