// SID of ResNet-20 (random weights), five layers, eight images, whole process, on each backend present: evaluations (forward and
// VJP) per second, and how much of the time of the whole `lethe run` passes outside the tensor kernels.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { autoOrder } from '../src/compute/find-backends.ts';
import type { KernelTime } from '../src/compute/kernel-profile.ts';
import { atMost, reported, time } from './measure.ts';
import type { Measurement } from './measure.ts';
import { inFolder, lethe } from './projects.ts';

const IMAGES = 8;
const PIPELINE = `pipeline: sid
steps:
  data: { use: make-shapes, with: { count: ${IMAGES}, size: 32 } }
  training: { use: make-shapes, with: { count: 64, size: 32, seed: training } }
  model: { use: train-model, with: { architecture: resnet20, epochs: 1 }, from: { data: training } }
  tap: { use: tap-layer, from: { model: model }, each: { layer: [conv1, layer1, layer2, layer3, fc] } }
  delta: { use: estimate-delta-f2, with: { precision: 0.05 }, from: { tap: tap, data: data } }
  sigma: { use: optimize-sigma, from: { tap: tap, delta: delta, data: data } }
  table: { use: aggregate, from: { tables: sigma } }
`;

/** One worker with one thread, so that its time in kernels is a part of the time of the run. */
const ALONE = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' };

export async function measure(): Promise<readonly Measurement[]> {
  const measured: Measurement[] = [];
  for (const backend of autoOrder().filter((name) => name !== 'cpu'))
    measured.push(...(await inFolder((folder) => measureBackend(folder, backend))));
  return measured;
}

function measureBackend(folder: string, backend: string): readonly Measurement[] {
  const file = join(folder, 'pipeline.yaml');
  const profile = join(folder, 'profile');
  mkdirSync(profile);
  writeFileSync(file, PIPELINE);
  const command = (...args: readonly string[]) =>
    lethe(folder, 'run', file, ...args, '--backend', backend, '--jobs', '1');
  time(command('tap', 'delta'));
  const run = command();
  const seconds = time({ ...run, env: { ...run.env, ...ALONE, LETHE_PROFILE: profile } });
  const inKernels = readProfiles(profile).reduce((sum, { milliseconds }) => sum + milliseconds, 0) / 1000;
  const evaluations = IMAGES * rowsOf(folder, file).reduce((sum, row) => sum + row.evaluations, 0);
  const speed = `${backend}: ${evaluations.toFixed(0)} evaluations in ${seconds.toFixed(1)} s, one core`;
  return [
    reported(`sid/${backend}`, evaluations / seconds, `evaluations per second; ${speed}`),
    atMost(`sid/${backend}/outside`, 1 - inKernels / seconds, 0.1, `of the whole run outside kernels; ${speed}`),
  ];
}

function readProfiles(folder: string): readonly KernelTime[] {
  return readdirSync(folder).flatMap((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as KernelTime[]);
}

/** The rows of the table: `evaluations` is a mean over images. */
function rowsOf(folder: string, file: string): readonly { readonly evaluations: number }[] {
  const show = lethe(folder, 'show', file, 'table', '--format', 'json');
  const [program, ...args] = show.argv;
  const text = execFileSync(program, args, { encoding: 'utf8', env: { ...process.env, ...show.env } });
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { evaluations: number });
}
