// Times every backend in a process of its own, so that one that crashes is a line of the report and nothing more.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BACKENDS } from '../compute/backend-names.ts';
import { autoOrder } from '../compute/find-backends.ts';

export interface BackendReport {
  readonly name: string;
  readonly available: boolean;
  readonly version?: string;
  /** The GPU of webgpu, and whether a processor plays it. */
  readonly adapter?: string;
  readonly software?: boolean;
  readonly gflops?: number;
  readonly forwardPerSecond?: number;
  readonly vjpPerSecond?: number;
  /** Why it is not here. */
  readonly why?: string;
}

const LIMIT_MS = 120_000;
const SCRIPT = fileURLToPath(new URL('../measure-backend.js', import.meta.url));

/** One after another: they share the cores. `auto` is what compute/backend.ts would take: the first of `order` that computes. */
export async function measureBackends(onReport: (report: BackendReport) => void): Promise<{
  readonly backends: readonly BackendReport[];
  readonly auto: string;
  readonly order: readonly string[];
}> {
  const backends: BackendReport[] = [];
  for (const name of BACKENDS) {
    const report = await measureBackend(name);
    onReport(report);
    backends.push(report);
  }
  const isTaken = (name: string): boolean =>
    backends.some((backend) => backend.name === name && backend.available && backend.software !== true);
  const order = autoOrder();
  return { backends, auto: order.find(isTaken) ?? 'none', order };
}

function measureBackend(name: string): Promise<BackendReport> {
  const env = {
    ...process.env,
    LETHE_BACKEND: name,
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
