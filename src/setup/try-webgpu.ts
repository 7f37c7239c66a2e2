// Tries the packages of the webgpu backend in a separate process, so that a crash of the graphics driver ends only that
// process.
import { fileURLToPath } from 'node:url';
import type { WebgpuPackages } from '../compute/load-webgpu.ts';
import { lastLines, runProgram } from './run-program.ts';

export type WebgpuTrial =
  | { readonly works: true; readonly version: string; readonly adapter: string; readonly software: boolean }
  /** Failed trial. `loads` is true if the packages load but no GPU can be used. */
  | { readonly works: false; readonly loads: boolean; readonly because: string };

const LIMIT_MS = 120_000;
const SCRIPT = fileURLToPath(new URL('../webgpu-trial.js', import.meta.url));

/** Loads the packages and computes one convolution, in a separate process. Takes about half a second. */
export async function tryWebgpu({ webgpu, backend }: WebgpuPackages, signal: AbortSignal): Promise<WebgpuTrial> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  try {
    const end = await runProgram(process.execPath, [SCRIPT, webgpu, backend], {
      env: { NODE_OPTIONS: '' },
      signal: AbortSignal.any([signal, limit]),
    });
    if (end.code === 0) return JSON.parse(lastLines(end.out, 1)) as WebgpuTrial;
    const because =
      lastLines(end.err, 3) || `its process was ended by ${end.killedBy ?? `exit code ${String(end.code)}`}`;
    return { works: false, loads: false, because };
  } catch (error) {
    if (signal.aborted) throw error;
    return { works: false, loads: true, because: 'the graphics driver did not answer in two minutes' };
  }
}
