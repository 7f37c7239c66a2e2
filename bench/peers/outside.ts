// Race `outside`, without a peer: reports the time of each tensor kernel in a whole `lethe run`, and the share of time
// outside the kernels. The pipeline is the same as in the bench `sid`.
import { autoOrder } from '../../src/compute/find-backends.ts';
import type { Measurement } from '../measure.ts';
import { atMost } from '../measure.ts';
import { printProfile } from '../print-profile.ts';
import { runSid } from '../sid.ts';

export async function run(): Promise<readonly Measurement[]> {
  const measured: Measurement[] = [];
  for (const backend of autoOrder().filter((name) => name !== 'cpu')) {
    const { run: profiled } = await runSid(backend);
    const { seconds, kernels, outside } = profiled;
    printProfile(`${backend}: a run of optimize-sigma`, { kernels, milliseconds: seconds * 1000 });
    measured.push(
      atMost(`outside/${backend}`, outside, 0.1, `of ${seconds.toFixed(1)} s of a whole lethe run, one core`),
    );
  }
  return measured;
}
