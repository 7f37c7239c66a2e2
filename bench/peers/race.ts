// Race: two processes do the same computation in alternation within one run, so that both are affected by the same
// noise of the machine. The ratio of their times is the median over rounds.
import { median } from '../measure.ts';
import type { Player, Request } from './player.ts';

export interface Race {
  /** Median of the seconds of the rival divided by the seconds of Lethe. Above 1, Lethe is faster. */
  readonly ratio: number;
  /** Median seconds of one computation, with Lethe (`ours`) and with the rival. */
  readonly ours: number;
  readonly rival: number;
}

export interface Lap {
  readonly do: string;
  readonly rounds: number;
  /** Number of computations per turn, with Lethe (`ours`) and with the rival. */
  readonly ours: number;
  readonly rival: number;
}

export async function race(ours: Player, rival: Player, lap: Lap): Promise<Race> {
  const turn = async (player: Player, times: number): Promise<number> =>
    (await player.ask<{ seconds: number }>({ do: lap.do, times })).seconds / times;
  await turn(ours, 2);
  await turn(rival, 2);
  const pairs: { ours: number; rival: number }[] = [];
  for (let round = 0; round < lap.rounds; round++) {
    if (round % 2 === 0) {
      const first = await turn(ours, lap.ours);
      pairs.push({ ours: first, rival: await turn(rival, lap.rival) });
    } else {
      const first = await turn(rival, lap.rival);
      pairs.push({ ours: await turn(ours, lap.ours), rival: first });
    }
  }
  return {
    ratio: median(pairs.map((pair) => pair.rival / pair.ours)),
    ours: median(pairs.map((pair) => pair.ours)),
    rival: median(pairs.map((pair) => pair.rival)),
  };
}

interface Checked {
  readonly features: Summary;
  readonly gradient: Summary;
}
interface Summary {
  readonly norm: number;
  readonly first: readonly number[];
}

/**
 * Checks that both sides compute the same features and gradients to float32 precision. Otherwise, their times would not
 * be comparable.
 */
export async function expectSame(ours: Player, rival: Player): Promise<void> {
  const request: Request = { do: 'check' };
  const [a, b] = [await ours.ask<Checked>(request), await rival.ask<Checked>(request)];
  for (const part of ['features', 'gradient'] as const) {
    const scale = Math.max(...b[part].first.map(Math.abs));
    const off = Math.max(...a[part].first.map((value, i) => Math.abs(value - b[part].first[i]!))) / scale;
    const norms = Math.abs(a[part].norm / b[part].norm - 1);
    if (!(off < 1e-3 && norms < 1e-3)) {
      throw new Error(
        `${ours.name} and ${rival.name} compute other ${part}: off by ${off} of ${scale}, norms by ${norms}`,
      );
    }
  }
}
