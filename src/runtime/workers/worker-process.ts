// One worker process: a child that carries out one task at a time. It notices every way a child can end and says why; which
// task goes to which worker is the pool's business.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { formatBytes } from '../contracts/byte-size.ts';
import type { Failure } from '../contracts/failure.ts';
import type { Deadline } from './executor.ts';
import type { Outcome, Task, TaskHooks } from './task.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

const KEPT_LINES = 12;
/** Frames of a native stack, which follow what matters. */
const NATIVE_FRAME = /^\s*\d+: 0x[0-9a-f]+/;
/** A worker that cannot even load the node's code in this time hangs. */
const LOADING_SECONDS = 120;
const OUT_OF_MEMORY = /out of memory|heap limit|bad_alloc|allocation failed|cannot allocate memory|ENOMEM/i;

export interface WorkerSetup {
  /** Absolute path of the module that serves tasks. */
  readonly module: string;
  readonly store: string;
  readonly environment: NodeJS.ProcessEnv;
}

interface Current {
  readonly task: Task;
  readonly hooks: TaskHooks;
  readonly deadline: Deadline | undefined;
  readonly resolve: (outcome: Outcome) => void;
  timer: NodeJS.Timeout | undefined;
  /** Bytes of memory it was last seen with. */
  peak?: number;
}

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly lines: readonly string[];
  /** The most memory (bytes) it was seen with during the task. */
  readonly peak?: number;
}

export class WorkerProcess {
  /** Step that ran here last: its network is probably still in memory. */
  affinity = '';
  /** Tasks finished here. */
  served = 0;
  ended = false;
  /** Takes no more tasks. */
  leaving = false;
  /** Bytes it held when its last task ended. */
  resident = 0;
  readonly gone: Promise<void>;
  private readonly child: ChildProcess;
  private readonly setup: WorkerSetup;
  private readonly lines: string[] = [];
  private current: Current | undefined;
  /** Why we killed it, if we did. */
  private verdict: Outcome | undefined;

  constructor(setup: WorkerSetup) {
    this.setup = setup;
    this.child = fork(setup.module, [], {
      serialization: 'advanced',
      execArgv: [],
      env: setup.environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.child.on('message', (message) => this.receive(message as FromWorker));
    readLines(this.child.stderr, (line) => this.keep(line));
    readLines(this.child.stdout, (line) => {
      this.keep(line);
      this.current?.hooks.warn(line);
    });
    this.gone = new Promise((resolve) => {
      const end = (how: Omit<Ending, 'lines'>): void => {
        if (this.ended) return;
        this.ended = true;
        const peak = this.current?.peak;
        const ending: Ending = { ...how, lines: this.lines, ...(peak === undefined ? {} : { peak }) };
        this.finish(this.verdict ?? { status: 'failed', failure: describeEnding(ending, this.current?.task) });
        resolve();
      };
      this.child.on('error', (error) => {
        this.keep(error.message);
        end({ code: null, signal: null });
      });
      // The last lines are read once both pipes are closed; a grandchild may keep them open, so do not wait for ever. (The child's own
      // 'close' never comes where this side has closed the channel.)
      const read = Promise.all([this.child.stdout, this.child.stderr].map(closing));
      this.child.on('exit', (code, signal) => {
        void read.then(() => end({ code, signal }));
        setTimeout(() => end({ code, signal }), 500).unref();
      });
    });
  }

  get busy(): boolean {
    return this.current !== undefined;
  }

  run(task: Task, hooks: TaskHooks, deadline: Deadline | undefined): Promise<Outcome> {
    this.affinity = task.step;
    this.child.ref();
    this.child.channel?.ref();
    return new Promise((resolve) => {
      this.current = { task, hooks, deadline, resolve, timer: undefined };
      this.limit(LOADING_SECONDS);
      this.send({ type: 'task', task, store: this.setup.store });
    });
  }

  /** Asks the node to stop, and ends the process if it has not in `graceMs`. */
  abort(graceMs: number): void {
    if (this.ended) return;
    this.verdict = { status: 'aborted' };
    this.send({ type: 'abort' });
    setTimeout(() => this.kill(), graceMs).unref();
  }

  /** Ends an idle worker: it leaves by itself when the channel closes. */
  async close(graceMs = 1000): Promise<void> {
    if (this.ended) return;
    this.leaving = true;
    if (this.child.connected) this.child.disconnect();
    const timer = setTimeout(() => this.kill(), graceMs);
    await this.gone;
    clearTimeout(timer);
  }

  kill(): void {
    if (!this.ended) this.child.kill('SIGKILL');
  }

  private send(message: ToWorker): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  private keep(line: string): void {
    if (line.trim() === '' || NATIVE_FRAME.test(line)) return;
    this.lines.push(line);
    if (this.lines.length > KEPT_LINES) this.lines.shift();
  }

  private limit(seconds: number): void {
    const current = this.current;
    if (!current) return;
    clearTimeout(current.timer);
    current.timer = setTimeout(() => {
      this.verdict = { status: 'failed', failure: describeTimeout(current.task, current.deadline?.seconds ?? seconds) };
      this.kill();
    }, seconds * 1000);
  }

  private receive(message: FromWorker): void {
    const current = this.current;
    if (!current) return;
    switch (message.type) {
      case 'started':
        clearTimeout(current.timer);
        if (current.deadline) {
          current.deadline.startedAt ??= performance.now();
          this.limit(Math.max(0, current.deadline.seconds - (performance.now() - current.deadline.startedAt) / 1000));
        }
        return current.hooks.started?.();
      case 'progress': {
        current.hooks.progress(message.done, message.total, message.unit);
        return;
      }
      case 'memory': {
        current.peak = message.peak;
        current.hooks.memory?.(message.peak);
        return;
      }
      case 'warn': {
        current.hooks.warn(message.message);
        return;
      }
      case 'damage': {
        current.hooks.warn(`blob ${message.digest} (${message.where}) is damaged or unreadable: it was set aside`);
        return;
      }
      case 'item': {
        current.hooks.item(message.key, message.rows);
        return;
      }
      case 'crashed': {
        // Nothing more is given to it: the outcome is told when the process has ended.
        this.verdict ??= { status: 'failed', failure: message.failure };
        return;
      }
      case 'outcome': {
        // A process that is about to end gets no other task: its end tells what became of this one.
        if (this.verdict !== undefined && this.verdict.status !== 'aborted') return;
        this.resident = message.resident;
        this.finish(this.verdict ?? message.outcome);
        return;
      }
    }
  }

  private finish(outcome: Outcome): void {
    const current = this.current;
    if (!current) return;
    clearTimeout(current.timer);
    this.current = undefined;
    this.served += 1;
    // An idle worker must not keep the main process alive.
    this.child.unref();
    this.child.channel?.unref();
    current.resolve(outcome);
  }
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

function describeTimeout(task: Task, seconds: number): Failure {
  return {
    reason: 'timeout',
    headline: `${task.node} was stopped after ${seconds} s`,
    values: { node: task.node, 'timeout (s)': seconds },
    help: 'Give the step a longer `timeout:` if it needs one; finished items are kept.',
    step: task.step,
  };
}

/** What a process that ended on its own says about itself. */
export function describeEnding(ending: Ending, task: Task | undefined): Failure {
  const text = ending.lines.join('\n');
  const memory = OUT_OF_MEMORY.test(text);
  const how = ending.signal
    ? `signal ${ending.signal}`
    : ending.code === null
      ? 'it did not start'
      : `exit code ${ending.code}`;
  const node = task?.node ?? 'a node';
  const bound =
    'Bound it with --memory (half of what the machine has is a good try), or run fewer at once with --jobs.';
  const help = memory
    ? `${bound} A step that needs more by itself wants fewer images or probes at a time.`
    : ending.signal === 'SIGKILL'
      ? `Somebody killed the process: often the system, when memory runs out. ${bound}`
      : 'Run again to retry: finished steps and items are kept.';
  return {
    reason: memory ? 'out-of-memory' : 'worker-died',
    headline: memory ? `${node}: its worker process ran out of memory` : `${node}: its worker process died (${how})`,
    values: {
      node,
      ended: how,
      ...(ending.peak === undefined ? {} : { 'memory last seen': formatBytes(ending.peak) }),
      ...(ending.lines.length ? { 'last lines': ending.lines.slice(-5).join('\n') } : {}),
    },
    help,
    ...(task ? { step: task.step } : {}),
  };
}
