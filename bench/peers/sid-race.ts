// Race `sid`: wall-clock time of Lethe's solver compared with Adam on log sigma in PyTorch, for SID of ResNet-20 at
// five layers, one thread each. Both solvers must come within .005 nats per unit (fc: .01) of golden/sigma_optimum,
// measured with common noise. Adam gets an advantage that no user has: it is tried with increasing numbers of steps on
// the same image, and only the time of the first attempt that reaches the tolerance counts.
import type { Measurement } from '../measure.ts';
import { atLeast, reported } from '../measure.ts';
import { isHere, withPlayers } from './contest.ts';
import { resnetPlan } from './plan.ts';
import type { Player } from './player.ts';

import type { Answer, Layer, Solved, Task } from './reference-optimum.ts';
import {
  ALPHA,
  IMAGES,
  LAYERS,
  TOLERANCES,
  deltaF2Of,
  gapOf,
  hasReferences,
  keepsTolerance,
  solveOurs,
} from './reference-optimum.ts';

const BATCH = 16;
const RATE = 0.15;

/**
 * Number of evaluations in Adam's first attempt, below every number that ever sufficed. Each further attempt doubles
 * the number, until the tolerance is met.
 */
const FIRST: Readonly<Record<Layer, number>> = { conv1: 128, layer1: 256, layer2: 512, layer3: 1024, fc: 4096 };
const MOST = 32_768;

const LIMITS = { tensorflow: 4, wasm: 1.5 } as const;
type Backend = keyof typeof LIMITS;

export async function run(python: string): Promise<readonly Measurement[]> {
  const backends = (['tensorflow', 'wasm'] as const).filter(isHere);
  if (!hasReferences('sid') || backends.length === 0) return [];
  const measured: Measurement[] = [];
  const laps: Lap[] = [];
  for (const layer of LAYERS) {
    const lap = await raceAt(python, backends, layer);
    laps.push(lap);
    for (const [backend, ours] of lap.ours) {
      const note = `ours ${describe(ours)}; Adam ${describe(lap.theirs)}`;
      measured.push(reported(`sid-${backend}/${layer}`, secondsOf(lap.theirs) / secondsOf(ours), note));
      measured.push(keepsTolerance(`sid-${backend}/${layer}/gap`, layer, ours));
      console.error(`${backend}, ${layer}: ${note}`);
    }
  }
  return [...measured, ...backends.map((backend) => total(backend, laps))];
}

interface Lap {
  readonly ours: ReadonlyMap<Backend, readonly Solved[]>;
  readonly theirs: readonly Solved[];
}

/** Runs the race at one layer, image by image: each backend of Lethe, then Adam. */
async function raceAt(python: string, backends: readonly Backend[], layer: Layer): Promise<Lap> {
  return withPlayers(async ({ folder, lethe, pytorch }) => {
    const setting = { files: resnetPlan(folder, 'resnet20', IMAGES, layer), batch: IMAGES, threads: 1 };
    const rival = await pytorch('channels_last', setting);
    const players = new Map<Backend, Player>();
    for (const backend of backends) players.set(backend, await lethe(backend, setting));
    const judge = players.get(backends[0]!)!;
    const ours = new Map<Backend, Solved[]>(backends.map((backend) => [backend, []]));
    const theirs: Solved[] = [];
    for (let image = 0; image < IMAGES; image++) {
      const task = { image, layer };
      for (const [backend, player] of players) ours.get(backend)!.push(await solveOurs(player, judge, task));
      theirs.push(await solveTheirs(rival, judge, task));
    }
    return { ours, theirs };
  }, python);
}

function total(backend: Backend, laps: readonly Lap[]): Measurement {
  const sum = (pick: (lap: Lap) => readonly Solved[]): number =>
    laps.reduce((all, lap) => all + secondsOf(pick(lap)), 0);
  const [ours, theirs] = [sum((lap) => lap.ours.get(backend)!), sum((lap) => lap.theirs)];
  const note = `${IMAGES} images x ${LAYERS.length} layers: ours ${ours.toFixed(1)} s, Adam ${theirs.toFixed(1)} s; one thread`;
  return atLeast(`sid-${backend}`, theirs / ours, LIMITS[backend], note);
}

const secondsOf = (solved: readonly Solved[]): number => solved.reduce((sum, { seconds }) => sum + seconds, 0);

function describe(solved: readonly Solved[]): string {
  const each = solved.map(({ evaluations, gap }) => `${evaluations.toFixed(0)} (gap ${gap.toFixed(4)})`);
  return `${secondsOf(solved).toFixed(1)} s, evaluations ${each.join(' ')}`;
}

async function solveTheirs(rival: Player, judge: Player, task: Task): Promise<Solved> {
  const { image, layer } = task;
  const target = ALPHA * deltaF2Of(task);
  for (let evaluations = FIRST[layer]; ; evaluations *= 2) {
    const options = { target, steps: evaluations / BATCH, batch: BATCH, rate: RATE, scale_samples: 512, seed: image };
    const answer = await rival.ask<Answer>({ do: 'adam', image, ...options });
    const gap = await gapOf(judge, task, answer.logSigma);
    if (gap.gap <= TOLERANCES[layer] || evaluations >= MOST) return { ...answer, ...gap };
  }
}
