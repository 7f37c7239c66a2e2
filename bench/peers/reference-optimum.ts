// Reference optima of ResNet-20 on four images (golden/sigma_optimum). The result of every solver in a race is compared
// with them in the same way, with common noise.
import { existsSync, readFileSync } from 'node:fs';
import { readNpy } from '../../test/npy.ts';
import type { Measurement } from '../measure.ts';
import { atMost } from '../measure.ts';
import { sharedFile } from './plan.ts';
import type { Player } from './player.ts';

export const ALPHA = 1.5e-4;
export const IMAGES = 4;

/** Distance of the mean entropy from the optimum, in nats per unit, within which a solver may stop. */
export const TOLERANCES = { conv1: 0.005, layer1: 0.005, layer2: 0.005, layer3: 0.005, fc: 0.01 } as const;
export type Layer = keyof typeof TOLERANCES;
export const LAYERS = Object.keys(TOLERANCES) as readonly Layer[];

export interface Task {
  readonly image: number;
  readonly layer: Layer;
}

export interface Answer {
  readonly seconds: number;
  readonly evaluations: number;
  readonly logSigma: number[];
}

/** Gap: mean entropy of the reference minus the mean entropy of a solution, nats per unit, with its standard error. */
export interface Gap {
  readonly gap: number;
  readonly error: number;
}

export interface Solved extends Answer, Gap {}

/** True if the reference optima are available; else prints a message on stderr. */
export function hasReferences(race: string): boolean {
  if (existsSync(sharedFile('golden', 'sigma_optimum'))) return true;
  console.error(`the race \`${race}\` needs the shared data: its reference optima are not here`);
  return false;
}

export function deltaF2Of({ image, layer }: Task): number {
  const all = JSON.parse(readFileSync(sharedFile('golden', 'sigma_optimum', 'resnet20.json'), 'utf8')) as Record<
    string,
    { readonly delta2: number }
  >;
  return all[nameOf({ image, layer })]!.delta2;
}

/** Measures the gap of a solution to the reference optimum, which has one sigma per pixel. */
export function gapOf(judge: Player, task: Task, logSigma: readonly number[]): Promise<Gap> {
  const path = sharedFile('golden', 'sigma_optimum', `${nameOf(task)}_log_sigma.npy`);
  return gapBetween(judge, task, logSigma, Array.from(readNpy(path).data as Float32Array));
}

export function gapBetween(
  judge: Player,
  { image, layer }: Task,
  logSigma: readonly number[],
  reference: readonly number[],
): Promise<Gap> {
  const samples = layer === 'fc' ? 4096 : 1024;
  return judge.ask<Gap>({ do: 'gap', image, log_sigma: logSigma, reference, samples });
}

/**
 * Runs Lethe's solver in the process `player`, and measures the gap of its result in the process `judge`. Every process
 * of Lethe with the same images can be the judge.
 */
export async function solveOurs(player: Player, judge: Player, task: Task): Promise<Solved> {
  const answer = await player.ask<Answer>(sidRequest(task, 'pixel'));
  return { ...answer, ...(await gapOf(judge, task, answer.logSigma)) };
}

/**
 * Compares the gaps of Lethe's solutions at a layer with the tolerance: the largest (gap - 2 standard errors) /
 * tolerance must not exceed 1.
 */
export function keepsTolerance(bench: string, layer: Layer, solved: readonly Solved[]): Measurement {
  const over = solved.map(({ gap, error }) => (gap - 2 * error) / TOLERANCES[layer]);
  const each = solved.map(({ gap, error }) => `${gap.toFixed(4)}+-${error.toFixed(4)}`);
  const note = `our largest gap from golden less two standard errors, over the tolerance ${TOLERANCES[layer]}; gaps ${each.join(' ')}`;
  return atMost(bench, Math.max(0, ...over), 1, note);
}

export const sidRequest = (task: Task, grid: string) => ({
  do: 'sid',
  image: task.image,
  grid,
  tolerance: TOLERANCES[task.layer],
  alpha: ALPHA,
  delta_f2: deltaF2Of(task),
});

const nameOf = ({ image, layer }: Task): string => `resnet20_record${String(image).padStart(4, '0')}_${layer}`;
