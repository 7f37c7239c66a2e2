// Race `vgg16`: speed of the forward pass and of a forward pass with a VJP, and peak memory, for the convolutions of
// VGG-16 up to the tap conv4_3. 224 x 224 pixels, batch 4, one thread.
import type { Measurement } from '../measure.ts';
import { atLeast, atMost, reported } from '../measure.ts';
import { isHere, withPlayers } from './contest.ts';
import { randomPlan } from './plan.ts';
import type { Player } from './player.ts';
import { expectSame, race } from './race.ts';
import { vgg16 } from '../cost/vgg16.ts';

const BATCH = 4;

export async function run(python: string): Promise<readonly Measurement[]> {
  if (!isHere('tensorflow')) return [];
  return withPlayers(async ({ folder, lethe, pytorch }) => {
    const setting = { files: randomPlan(folder, vgg16(224, 4), BATCH), batch: BATCH, threads: 1 };
    const ours = await lethe('tensorflow', setting);
    const rival = await pytorch('channels_last', setting);
    await expectSame(ours, rival);
    const speed = (seconds: number): string => (BATCH / seconds).toFixed(2);
    const vjp = await race(ours, rival, { do: 'vjp', rounds: 9, ours: 1, rival: 1 });
    const forward = await race(ours, rival, { do: 'forward', rounds: 5, ours: 1, rival: 1 });
    const [mine, theirs] = [await peak(ours), await peak(rival)];
    return [
      reported('vgg16/forward', forward.ratio, `${speed(forward.ours)} images/s, PyTorch ${speed(forward.rival)}`),
      atLeast(
        'vgg16/vjp',
        vjp.ratio,
        0.95,
        `${speed(vjp.ours)} images/s, PyTorch ${speed(vjp.rival)}; batch ${BATCH}, one thread`,
      ),
      atMost(
        'vgg16/memory',
        mine / theirs,
        1.2,
        `peak of the process ${megabytes(mine)}, PyTorch ${megabytes(theirs)}`,
      ),
    ];
  }, python);
}

async function peak(player: Player): Promise<number> {
  return (await player.ask<{ peak: number }>({ do: 'memory' })).peak;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
