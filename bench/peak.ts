// Peak speed of the kernels: the convolution that `lethe doctor` measures on a backend (3x3, one thread), in several
// processes at the same time.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../scripts/prepare.mjs';
import { ONE_THREAD } from './profiled-run.ts';
import { NODE } from './projects.ts';

const SCRIPT = join(root, 'dist', 'measure-backend.js');

/** Measures the speed of `processes` simultaneous processes. Returns the sum of their GFLOP/s. */
export async function measurePeak(backend: string, processes: number): Promise<number> {
  const env = { ...process.env, ...ONE_THREAD, LETHE_BACKEND: backend, TF_CPP_MIN_LOG_LEVEL: '3' };
  const reports = await Promise.all(
    Array.from({ length: processes }, () => promisify(execFile)(NODE, [SCRIPT], { env })),
  );
  return reports
    .map(({ stdout }) => JSON.parse(stdout) as { readonly gflops?: number; readonly why?: string })
    .reduce((sum, { gflops, why }) => {
      if (gflops === undefined) throw new Error(`the ${backend} backend cannot be measured: ${String(why)}`);
      return sum + gflops;
    }, 0);
}
