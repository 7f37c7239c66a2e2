// Races `resnet20` (on tensorflow) and `resnet20-wasm`: speed of the forward pass, and of a forward pass with a VJP.
// ResNet-20 with folded batch-norms, batch 64, one thread.
import type { BackendName } from '../../src/runtime/contracts/backend-names.ts';
import type { Measurement } from '../measure.ts';
import { atLeast, reported } from '../measure.ts';
import { isHere, withPlayers } from './contest.ts';
import { printProfile } from '../print-profile.ts';
import type { KernelProfile } from '../print-profile.ts';
import { resnetPlan } from './plan.ts';
import type { Race } from './race.ts';
import { expectSame, race } from './race.ts';

const BATCH = 64;
const ROUNDS = 11;

export const onTensorflow = (python: string): Promise<readonly Measurement[]> =>
  compete(python, 'tensorflow', { name: 'resnet20', forward: 0.9, vjp: 1, turn: 3 });

export const onWasm = (python: string): Promise<readonly Measurement[]> =>
  compete(python, 'wasm', { name: 'resnet20-wasm', forward: 0.3, vjp: 0.25, turn: 1 });

async function compete(
  python: string,
  backend: BackendName,
  { name, forward, vjp, turn }: { name: string; forward: number; vjp: number; turn: number },
): Promise<readonly Measurement[]> {
  if (!isHere(backend)) return [];
  return withPlayers(async ({ folder, lethe, pytorch }) => {
    const setting = { files: resnetPlan(folder, 'resnet20', BATCH), batch: BATCH, threads: 1 };
    const ours = await lethe(backend, setting);
    const last = await pytorch('channels_last', setting);
    const first = await pytorch('contiguous', setting);
    await expectSame(ours, last);
    const lap = (what: string) => ({ do: what, rounds: ROUNDS, ours: turn, rival: 3 });
    const measured: Measurement[] = [];
    for (const [what, limit] of [
      ['forward', forward],
      ['vjp', vjp],
    ] as const) {
      const best = await race(ours, last, lap(what));
      measured.push(atLeast(`${name}/${what}`, best.ratio, limit, speeds(best, 'channels_last')));
      const other = await race(ours, first, lap(what));
      measured.push(reported(`${name}/${what}-nchw`, other.ratio, speeds(other, 'NCHW')));
    }
    printProfile(`${backend}: forward + VJP`, await ours.ask<KernelProfile>({ do: 'profile' }));
    return measured;
  }, python);
}

function speeds({ ours, rival }: Race, layout: string): string {
  return `${(BATCH / ours).toFixed(0)} images/s, PyTorch ${layout} ${(BATCH / rival).toFixed(0)}; batch ${BATCH}, one thread`;
}
