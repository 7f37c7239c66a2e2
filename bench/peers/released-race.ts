// Race `released`: accuracy and time of the recipe of the released code (released.py, with its own settings), compared
// with Lethe's solver. ResNet-20, four images, five layers, one thread each. Accuracy is the distance of the mean
// entropy from an optimum at the exact constraint, in nats per unit, measured in the same way for both solvers. There
// are two optima: golden/sigma_optimum with one sigma per pixel, and Lethe's solution on the grid of the recipe, with
// one sigma per 2 x 2 pixels.
import type { Measurement } from '../measure.ts';
import { reported } from '../measure.ts';
import { isHere, withPlayers } from './contest.ts';
import { resnetPlan } from './plan.ts';
import type { Player } from './player.ts';
import type { Answer, Layer, Solved, Task } from './reference-optimum.ts';
import { IMAGES, LAYERS, gapBetween, gapOf, hasReferences, sidRequest, solveOurs } from './reference-optimum.ts';

const GRID = '16x16';

interface Released extends Solved {
  /** Index (from 0) of the step that the recipe selects among its 100 SGD steps. */
  readonly step: number;
  /** Distance of the mean entropy from Lethe's solution on the grid of the recipe, nats per unit. */
  readonly gridGap: number;
}

export async function run(python: string): Promise<readonly Measurement[]> {
  if (!hasReferences('released') || !isHere('tensorflow')) return [];
  const measured: Measurement[] = [];
  for (const layer of LAYERS) measured.push(...(await compare(python, layer)));
  return measured;
}

async function compare(python: string, layer: Layer): Promise<readonly Measurement[]> {
  return withPlayers(async ({ folder, lethe, pytorch }) => {
    const setting = { files: resnetPlan(folder, 'resnet20', IMAGES, layer), batch: IMAGES, threads: 1 };
    const [player, rival] = [await lethe('tensorflow', setting), await pytorch('channels_last', setting)];
    await rival.ask({ do: 'released', image: 0, seed: 0 });
    const [ours, theirs]: [Solved[], Released[]] = [[], []];
    for (let image = 0; image < IMAGES; image++) {
      ours.push(await solveOurs(player, player, { image, layer }));
      theirs.push(await solveReleased(rival, player, { image, layer }));
    }
    const [a, b] = [mean(ours.map(({ seconds }) => seconds)), mean(theirs.map(({ seconds }) => seconds))];
    const steps = theirs.map(({ step }) => step);
    const gaps = (all: readonly number[]): string => all.map((gap) => gap.toFixed(4)).join(' ');
    return [
      reported(`released/${layer}/time`, b / a, `PyTorch ${b.toFixed(2)} s per image, steps picked ${steps.join(' ')}; ours ${a.toFixed(2)} s`), // prettier-ignore
      reported(`released/${layer}/gap`, mean(theirs.map(({ gap }) => gap)), `nats from golden: ${gaps(theirs.map(({ gap }) => gap))}; ours ${gaps(ours.map(({ gap }) => gap))}`), // prettier-ignore
      reported(`released/${layer}/grid`, mean(theirs.map(({ gridGap }) => gridGap)), `nats from our solution on the ${GRID} grid: ${gaps(theirs.map(({ gridGap }) => gridGap))}`), // prettier-ignore
    ];
  }, python);
}

async function solveReleased(rival: Player, judge: Player, task: Task): Promise<Released> {
  const answer = await rival.ask<Released>({ do: 'released', image: task.image, seed: task.image });
  const onGrid = await judge.ask<Answer>(sidRequest(task, GRID));
  const fromGolden = await gapOf(judge, task, answer.logSigma);
  const { gap: gridGap } = await gapBetween(judge, task, answer.logSigma, onGrid.logSigma);
  return { ...answer, ...fromGolden, gridGap };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
