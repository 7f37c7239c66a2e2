// Race `cold`, without a peer: executes pipelines/cifar10-sid.yaml from an empty cache, with three networks x five
// layers and two workers of one thread each. It reports the speed, its ratio to the measured peak of the kernels, and
// the time of each kernel. The number of images is 50, or LETHE_BENCH_IMAGES.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/prepare.mjs';
import { buildArchitecture } from '../../src/network/zoo/build.ts';
import { forwardFlop } from '../cost/count-flop.ts';
import { flopOfDelta, flopOfSigma } from '../cost/spent-flop.ts';
import type { Measurement } from '../measure.ts';
import { reported } from '../measure.ts';
import { measurePeak } from '../peak.ts';
import { printProfile } from '../print-profile.ts';
import { processorBackend, profiledRun, rowsOf } from '../profiled-run.ts';
import { inFolder } from '../projects.ts';
import { sharedFile } from './plan.ts';

const PIPELINE = join(root, 'pipelines', 'cifar10-sid.yaml');
const WORKERS = 2;

interface Point {
  readonly network: string;
  readonly layer: string;
}
type Sigma = Point & { readonly evaluations: number; readonly forwards: number };
type Delta = Point & { readonly probes: number };

export async function run(): Promise<readonly Measurement[]> {
  if (!existsSync(sharedFile('models', 'cifar10'))) {
    console.error('`cold` needs the shared data: the published networks are not here');
    return [];
  }
  const images = imagesWanted();
  const backend = processorBackend();
  return inFolder(async (folder) => {
    const before = await measurePeak(backend, WORKERS);
    const parameters = ['-p', `images=${images}`, '-p', `data=${sharedFile()}`];
    const done = profiledRun(folder, { backend, workers: WORKERS, args: [PIPELINE, ...parameters] });
    const peak = (before + (await measurePeak(backend, WORKERS))) / 2;
    const sigma = rowsOf<Sigma>(folder, 'sigma', [PIPELINE, ...parameters]);
    const delta = rowsOf<Delta>(folder, 'delta', [PIPELINE, ...parameters]);
    const evaluations = sum(sigma, (row) => row.evaluations);
    const flop =
      sum(sigma, (row) => flopOfSigma(row, forward(row))) + sum(delta, (row) => flopOfDelta(row, forward(row)));
    const { seconds, kernels, outside } = done;
    printProfile(`${backend}: a cold run, ${WORKERS} workers together`, {
      kernels,
      milliseconds: seconds * WORKERS * 1000,
    });
    const achieved = flop / seconds / 1e9;
    const inKernels = achieved / (1 - outside);
    return [
      reported('cold/evaluations', evaluations / seconds, `evaluations per second; ${backend}: ${images} images x ${sigma.length / images} taps, ${evaluations.toFixed(0)} evaluations, ${sum(sigma, (row) => row.forwards)} forwards and ${sum(delta, (row) => row.probes)} probes in ${seconds.toFixed(1)} s on ${WORKERS} cores`), // prettier-ignore
      reported('cold/peak', (100 * achieved) / peak, `% of the kernels' peak: ${achieved.toFixed(1)} GFLOP/s of the whole run (${inKernels.toFixed(1)} within kernels) of ${peak.toFixed(0)} GFLOP/s measured in ${WORKERS} processes at once`), // prettier-ignore
      reported('cold/outside', outside, 'of the time of the workers outside kernels'),
    ];
  });
}

function imagesWanted(): number {
  const text = process.env['LETHE_BENCH_IMAGES'] ?? '50';
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  console.error(`error: LETHE_BENCH_IMAGES is "${text}", not a number of images; write e.g. LETHE_BENCH_IMAGES=2`);
  process.exit(2);
}

const forward = (point: Point): number => forwardFlop(buildArchitecture(point.network), point.layer);

const sum = <T>(rows: readonly T[], value: (row: T) => number): number =>
  rows.reduce((total, row) => total + value(row), 0);
