// Starts a worker as a child process and observes how it ends. worker-process.ts handles the messages.
import { fork } from 'node:child_process';
import type { Readable } from 'node:stream';
import { channelToChild } from './ipc-channel.ts';
import { HAS_GROUPS, killGroup } from './process-group.ts';
import type { FromWorker, ToWorker, WorkerChannel } from './worker-messages.ts';

export interface WorkerSetup {
  /** Absolute path of the module that serves tasks. */
  readonly module: string;
  /** Folder of the store. */
  readonly store: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Seconds that a worker may take to load the code of a node. Default: 120. */
  readonly loadingSeconds?: number;
}

export interface LaunchedWorker {
  /** Name of the process in events. */
  readonly name: string;
  readonly channel: WorkerChannel;
  /** Last lines of output, at most twelve. The list is updated while the process runs. */
  readonly lines: readonly string[];
  /** Resolves when the process has ended and its last lines have been read. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Kills the process and the processes that it started, with SIGKILL. */
  kill(): void;
  /**
   * Sets whether this worker keeps the main process from ending: true while the worker is busy, false while it is idle.
   */
  hold(alive: boolean): void;
}

const KEPT_LINES = 12;
/** Pattern of the stack frames that native code prints after its error message. They are not kept. */
const NATIVE_FRAME = /^\s*\d+: 0x[0-9a-f]+/;
/**
 * Longest wait for the last lines after the exit. It is limited, because a process outside of the worker's group
 * may keep the pipes open for ever.
 */
const LAST_LINES_MS = 500;

/** Starts a worker. `onPrint` gets every line that the process prints on its standard output. */
export function launchWorker({ module, environment }: WorkerSetup, onPrint: (line: string) => void): LaunchedWorker {
  const child = fork(module, [], {
    serialization: 'advanced',
    execArgv: [],
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: HAS_GROUPS, // the worker leads a group of its own, which ends with it
  });
  const { pid } = child;
  const lines: string[] = [];
  const keep = (line: string): void => {
    if (line.trim() === '' || NATIVE_FRAME.test(line)) return;
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  };
  readLines(child.stderr, keep);
  readLines(child.stdout, (line) => {
    keep(line);
    onPrint(line);
  });
  const exited: LaunchedWorker['exited'] = new Promise((resolve) => {
    child.on('error', (error) => {
      keep(error.message);
      resolve({ code: null, signal: null });
    });
    // The output is complete once both pipes are closed. The child's own 'close' event is of no use, because it never
    // comes if this side closed the channel.
    const read = Promise.all([child.stdout, child.stderr].map(closing));
    child.on('exit', (code, signal) => {
      if (pid !== undefined) killGroup(pid);
      void read.then(() => resolve({ code, signal }));
      setTimeout(() => {
        for (const pipe of [child.stdout, child.stderr]) pipe?.destroy();
        resolve({ code, signal });
      }, LAST_LINES_MS).unref();
    });
  });
  return {
    name: `worker ${child.pid ?? '?'}`,
    channel: channelToChild<ToWorker, FromWorker>(child),
    lines,
    exited,
    kill() {
      if (pid === undefined || !killGroup(pid)) child.kill('SIGKILL');
    },
    hold(alive) {
      if (alive) child.ref();
      else child.unref();
      if (alive) child.channel?.ref();
      else child.channel?.unref();
    },
  };
}

function closing(pipe: Readable | null): Promise<void> {
  return new Promise((resolve) => {
    if (pipe === null) resolve();
    else pipe.once('close', resolve);
  });
}

function readLines(stream: Readable | null, take: (line: string) => void): void {
  if (!stream) return;
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = (lines.pop() ?? '').slice(-4000);
    lines.forEach(take);
  });
  stream.on('end', () => {
    if (rest) take(rest);
  });
}
