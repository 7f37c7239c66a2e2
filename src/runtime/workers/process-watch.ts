// Watches a worker process from a second thread, because the main thread may compute for minutes. The second thread
// samples the memory of the process, and ends the process when its parent has died.
import { Worker } from 'node:worker_threads';
import { HAS_GROUPS } from './process-group.ts';

const SAMPLE_MS = 50;
const PARENT_MS = 1000;

/** Program of the thread. `peak` holds one Int32: the largest resident set seen, in KiB. */
const WATCH = `
const { parent, peak } = require('node:worker_threads').workerData;
setInterval(() => { if (process.ppid !== parent) process.kill(${HAS_GROUPS ? '-' : ''}process.pid, 'SIGKILL'); }, ${PARENT_MS});
setInterval(() => {
  const now = Math.ceil(process.memoryUsage.rss() / 1024);
  for (let old = Atomics.load(peak, 0); now > old; ) {
    const found = Atomics.compareExchange(peak, 0, old, now);
    if (found === old) break;
    old = found;
  }
}, ${SAMPLE_MS});
`;

export interface ProcessWatch {
  /** Marks the start of a task: earlier peaks no longer count. */
  begin(): void;
  /**
   * Largest resident set of the process since `begin`, in bytes. It includes the tensor library and memory left by
   * earlier tasks. On Linux the value is exact if the task took the process to a new maximum. Otherwise it comes from
   * samples every 50 ms, which can miss shorter peaks.
   */
  peak(): number;
}

export function watchProcess(): ProcessWatch {
  const peak = new Int32Array(new SharedArrayBuffer(4));
  new Worker(WATCH, { eval: true, execArgv: [], workerData: { parent: process.ppid, peak } }).unref();
  let markBefore = 0;
  return {
    begin() {
      markBefore = highWaterMark();
      Atomics.store(peak, 0, residentKib());
    },
    peak() {
      const mark = highWaterMark();
      return Math.max(Atomics.load(peak, 0), residentKib(), mark > markBefore ? mark : 0) * 1024;
    },
  };
}

function residentKib(): number {
  return Math.ceil(process.memoryUsage.rss() / 1024);
}

/**
 * Largest resident set since the start of the process, in KiB. Zero on systems other than Linux, because the unit of
 * `maxRSS` depends on the version of those systems.
 */
function highWaterMark(): number {
  return process.platform === 'linux' ? process.resourceUsage().maxRSS : 0;
}
