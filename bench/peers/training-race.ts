// Race `training`: speed of a training step of ResNet-20 (batch 64, cross-entropy, batch-norm with batch statistics,
// SGD with momentum, one thread).
import type { Measurement } from '../measure.ts';
import { atLeast } from '../measure.ts';
import { isHere, withPlayers } from './contest.ts';
import { resnetPlan } from './plan.ts';
import type { Player } from './player.ts';
import { race } from './race.ts';

const BATCH = 64;
const LIMITS = [
  { backend: 'tensorflow', limit: 0.7 },
  { backend: 'wasm', limit: 0.15 },
] as const;

export async function run(python: string): Promise<readonly Measurement[]> {
  const measured: Measurement[] = [];
  for (const { backend, limit } of LIMITS.filter((one) => isHere(one.backend))) {
    const one = await withPlayers(async ({ folder, lethe, pytorch }) => {
      const files = resnetPlan(folder, 'resnet20', BATCH);
      const setting = { files, batch: BATCH, threads: 1, training: true };
      const [ours, rival] = [await lethe(backend, setting), await pytorch('channels_last', setting)];
      await expectSameLosses(ours, rival);
      const { ratio, ...seconds } = await race(ours, rival, { do: 'train', rounds: 9, ours: 2, rival: 2 });
      const note = `${(BATCH / seconds.ours).toFixed(0)} images/s, PyTorch channels_last ${(BATCH / seconds.rival).toFixed(0)}; batch ${BATCH}, one thread`;
      return atLeast(`training/${backend}`, ratio, limit, note);
    }, python);
    measured.push(one);
  }
  return measured;
}

/** Checks that both sides have the same losses in the first steps. */
async function expectSameLosses(ours: Player, rival: Player): Promise<void> {
  const [a, b] = await Promise.all(
    [ours, rival].map((player) => player.ask<{ losses: number[] }>({ do: 'train', times: 4 })),
  );
  a!.losses.forEach((loss, step) => {
    if (!(Math.abs(loss - b!.losses[step]!) < 0.01 * Math.max(0.1, loss)))
      throw new Error(`after ${step} steps the losses are ${loss} and ${b!.losses[step]}`);
  });
}
