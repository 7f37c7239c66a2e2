// Measures the speed of every backend, each in a separate process. If a backend crashes, the report says so in the line
// of that backend.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BACKENDS } from '../compute/backends.ts';
import { autoOrder } from '../compute/find-backends.ts';
import { SETTINGS } from '../runtime/contracts/settings.ts';

export interface BackendReport {
  readonly name: string;
  readonly available: boolean;
  readonly version?: string;
  /** Name of the GPU; absent if the backend does not report one. */
  readonly adapter?: string;
  /** True if the adapter is a software renderer instead of a GPU. */
  readonly software?: boolean;
  readonly gflops?: number;
  readonly forwardPerSecond?: number;
  readonly vjpPerSecond?: number;
  /** Reason why the backend is not available. */
  readonly why?: string;
}

const LIMIT_MS = 120_000;
const SCRIPT = fileURLToPath(new URL('../measure-backend.js', import.meta.url));

/**
 * Measures one backend after another, because they share the cores. `auto` is the backend that `loadBackend` would
 * choose: the first of `order` that works.
 */
export async function measureBackends(onReport: (report: BackendReport) => void): Promise<{
  readonly backends: readonly BackendReport[];
  readonly auto: string;
  readonly order: readonly string[];
}> {
  const backends: BackendReport[] = [];
  for (const { name } of BACKENDS) {
    const report = await measureBackend(name);
    onReport(report);
    backends.push(report);
  }
  const works = (name: string): boolean =>
    backends.some((backend) => backend.name === name && backend.available && backend.software !== true);
  const order = autoOrder();
  return { backends, auto: order.find(works) ?? 'none', order };
}

function measureBackend(name: string): Promise<BackendReport> {
  const env = {
    ...process.env,
    [SETTINGS.backend.variable]: name,
    TF_CPP_MIN_LOG_LEVEL: '3',
    TF_NUM_INTRAOP_THREADS: '1',
    TF_NUM_INTEROP_THREADS: '1',
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT], { env, timeout: LIMIT_MS }, (error, stdout) => {
      const line = stdout.trim().split('\n').at(-1) ?? '';
      try {
        const report = JSON.parse(line) as Partial<BackendReport>;
        resolve({ name, available: report.why === undefined, ...report });
      } catch {
        resolve({
          name,
          available: false,
          why: error?.killed === true ? 'it did not answer in two minutes' : 'its process crashed',
        });
      }
    });
  });
}
