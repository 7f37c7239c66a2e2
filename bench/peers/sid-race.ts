// Race `sid`: SID of ResNet-20 to within .005 nats (fc: .01) of golden/sigma_optimum, five layers, one thread each: wall time of our
// solver against Adam on log sigma in PyTorch. Both are held to the same measured gap, with common noise. Adam is given what no user
// has: of all step counts on a ladder the first that reaches the tolerance on that very image counts, and only its own time.
import { existsSync, readFileSync } from 'node:fs';
import type { BackendName } from '../../src/compute/backend-names.ts';
import { readNpy } from '../../test/npy.ts';
import type { Measurement } from '../measure.ts';
import { isHere, withPlayers } from './contest.ts';
import { resnetPlan, sharedFile } from './plan.ts';
import type { Player } from './player.ts';
import { atLeast } from './race.ts';

const ALPHA = 1.5e-4;
const IMAGES = 4;
const BATCH = 16;
const RATE = 0.15;

/** Evaluations of Adam's first try, doubled until the tolerance is met; below the least that was ever enough. */
const LAYERS = [
  { layer: 'conv1', tolerance: 0.005, first: 128 },
  { layer: 'layer1', tolerance: 0.005, first: 256 },
  { layer: 'layer2', tolerance: 0.005, first: 512 },
  { layer: 'layer3', tolerance: 0.005, first: 1024 },
  { layer: 'fc', tolerance: 0.01, first: 4096 },
] as const;
const MOST = 32_768;

const LIMITS: Readonly<Record<string, number>> = { tensorflow: 4, wasm: 1.5 };

interface Solved {
  readonly seconds: number;
  readonly evaluations: number;
  readonly gap: number;
}

export async function run(python: string): Promise<readonly Measurement[]> {
  if (!existsSync(sharedFile('golden', 'sigma_optimum'))) {
    console.error('the race `sid` needs the shared data: its reference optima are not here');
    return [];
  }
  const measured: Measurement[] = [];
  for (const backend of (['tensorflow', 'wasm'] as const).filter(isHere))
    measured.push(...(await race(python, backend)));
  return measured;
}

async function race(python: string, backend: BackendName): Promise<readonly Measurement[]> {
  let [ours, theirs] = [0, 0];
  const measured: Measurement[] = [];
  for (const { layer, tolerance, first } of LAYERS) {
    const sums = await withPlayers(async ({ folder, lethe, pytorch }) => {
      const setting = { files: resnetPlan(folder, 'resnet20', IMAGES, layer), batch: IMAGES, threads: 1 };
      const [player, rival] = [await lethe(backend, setting), await pytorch('channels_last', setting)];
      const all: { ours: Solved; theirs: Solved }[] = [];
      for (let image = 0; image < IMAGES; image++) {
        const task = { image, layer, tolerance };
        all.push({ ours: await solveOurs(player, task), theirs: await solveTheirs(rival, player, { ...task, first }) });
      }
      return all;
    }, python);
    const total = (pick: (one: (typeof sums)[number]) => number): number =>
      sums.reduce((sum, one) => sum + pick(one), 0);
    const [a, b] = [total((one) => one.ours.seconds), total((one) => one.theirs.seconds)];
    [ours, theirs] = [ours + a, theirs + b];
    const say = (solved: readonly Solved[], seconds: number): string =>
      `${seconds.toFixed(1)} s, ${solved.map(({ evaluations, gap }) => `${evaluations.toFixed(0)} (gap ${gap.toFixed(4)})`).join(' ')}`;
    const note = `ours ${say(sums.map((one) => one.ours), a)}; Adam ${say(sums.map((one) => one.theirs), b)}`; // prettier-ignore
    measured.push({
      bench: `sid-${backend}/${layer}`,
      ratio: Number((b / a).toPrecision(4)),
      limit: null,
      holds: true,
      note,
    });
    console.error(`${layer}: ${note}`);
  }
  const note = `${IMAGES} images x ${LAYERS.length} layers: ours ${ours.toFixed(1)} s, Adam ${theirs.toFixed(1)} s; one thread`;
  return [...measured, atLeast(`sid-${backend}`, theirs / ours, LIMITS[backend]!, note)];
}

interface Task {
  readonly image: number;
  readonly layer: string;
  readonly tolerance: number;
}

interface Answer {
  readonly seconds: number;
  readonly evaluations: number;
  readonly logSigma: number[];
}

async function solveOurs(player: Player, { image, layer, tolerance }: Task): Promise<Solved> {
  const { delta2 } = golden(image, layer);
  const answer = await player.ask<Answer>({ do: 'sid', image, tolerance, alpha: ALPHA, delta_f2: delta2 });
  const { gap, error } = await gapOf(player, image, layer, answer.logSigma);
  if (gap > tolerance + 2 * error)
    throw new Error(`our own sigma is ${gap} +- ${error} nats off at ${layer}, image ${image}`);
  return { ...answer, gap };
}

async function solveTheirs(rival: Player, judge: Player, task: Task & { readonly first: number }): Promise<Solved> {
  const { image, layer, tolerance, first } = task;
  const target = ALPHA * golden(image, layer).delta2;
  for (let evaluations = first; ; evaluations *= 2) {
    const steps = evaluations / BATCH;
    const options = { target, steps, batch: BATCH, rate: RATE, scale_samples: 512, seed: image };
    const answer = await rival.ask<Answer>({ do: 'sid', image, ...options });
    const { gap } = await gapOf(judge, image, layer, answer.logSigma);
    if (gap <= tolerance || evaluations >= MOST) return { ...answer, gap };
  }
}

interface Reference {
  readonly delta2: number;
}

function golden(image: number, layer: string): Reference & { readonly name: string } {
  const name = `resnet20_record${String(image).padStart(4, '0')}_${layer}`;
  const all = JSON.parse(readFileSync(sharedFile('golden', 'sigma_optimum', 'resnet20.json'), 'utf8')) as Record<
    string,
    Reference
  >;
  return { name, delta2: all[name]!.delta2 };
}

async function gapOf(judge: Player, image: number, layer: string, logSigma: readonly number[]) {
  const { name } = golden(image, layer);
  const reference = Array.from(
    readNpy(sharedFile('golden', 'sigma_optimum', `${name}_log_sigma.npy`)).data as Float32Array,
  );
  const samples = layer === 'fc' ? 4096 : 1024;
  return judge.ask<{ gap: number; error: number }>({ do: 'gap', image, log_sigma: logSigma, reference, samples });
}
