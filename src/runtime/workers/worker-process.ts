// One worker: carries out one task at a time in a separate process. It detects every way in which the process can end,
// and gives the reason. The pool assigns tasks to workers.
import { failure } from '../contracts/failure.ts';
import type { Deadline } from './deadline.ts';
import { launchWorker } from './launch-worker.ts';
import type { LaunchedWorker, WorkerSetup } from './launch-worker.ts';
import type { Task, TaskHooks, TaskOutcome } from './task.ts';
import { describeExit } from './worker-exit.ts';
import type { FromWorker } from './worker-messages.ts';

/** Time within which a worker must load the code of a node. */
const LOADING_SECONDS = 120;

interface Current {
  readonly task: Task;
  readonly hooks: TaskHooks;
  readonly deadline: Deadline | undefined;
  readonly resolve: (outcome: TaskOutcome) => void;
  timer: NodeJS.Timeout | undefined;
  /** Largest resident set reported so far, in bytes. */
  peak?: number;
}

type Receivers = { readonly [T in FromWorker['type']]: (message: Extract<FromWorker, { type: T }>) => void };

export class WorkerProcess {
  /** Name of the step that this worker computed last; its network is probably still in memory. */
  affinity = '';
  /** Number of tasks that this worker has completed. */
  served = 0;
  ended = false;
  /** True if the worker accepts no more tasks. */
  leaving = false;
  /** Resident set after the last task, in bytes. */
  resident = 0;
  /** Resolves when the process has ended. */
  readonly gone: Promise<void>;
  private readonly setup: WorkerSetup;
  private readonly launched: LaunchedWorker;
  private current: Current | undefined;
  /**
   * Outcome decided by the main process before the worker could send one, because the worker was killed or aborted, or
   * is about to crash.
   */
  private decided: TaskOutcome | undefined;

  constructor(setup: WorkerSetup) {
    this.setup = setup;
    this.launched = launchWorker(setup, (line) => this.current?.hooks.warn(line));
    this.launched.channel.onMessage((message) => {
      if (this.current) (this.receivers[message.type] as (given: FromWorker) => void)(message);
    });
    this.gone = this.launched.exited.then((exit) => {
      this.ended = true;
      const peak = this.current?.peak;
      const { lines } = this.launched;
      const died = { ...exit, lines, ...(peak === undefined ? {} : { peak }) };
      this.finish(this.decided ?? { status: 'failed', failure: describeExit(died, this.current?.task) });
    });
  }

  get busy(): boolean {
    return this.current !== undefined;
  }

  /** Carries out a task. The worker must be neither busy nor ended. */
  run(task: Task, hooks: TaskHooks, deadline: Deadline | undefined): Promise<TaskOutcome> {
    this.affinity = task.step;
    this.launched.hold(true);
    return new Promise((resolve) => {
      this.current = { task, hooks, deadline, resolve, timer: undefined };
      const seconds = this.setup.loadingSeconds ?? LOADING_SECONDS;
      this.limit(seconds * 1000, 'loading-timeout', seconds);
      void this.launched.channel.send({ type: 'task', task, store: this.setup.store });
    });
  }

  /** Asks the node to stop, and kills the process if it has not stopped within `graceMs`. */
  abort(graceMs: number): void {
    if (this.ended) return;
    this.decided = { status: 'aborted' };
    void this.launched.channel.send({ type: 'abort' });
    setTimeout(() => this.kill(), graceMs).unref();
  }

  /** Ends an idle worker: its process exits when the channel closes. */
  async close(graceMs = 1000): Promise<void> {
    if (this.ended) return;
    this.leaving = true;
    this.launched.hold(true); // this process ends after its workers, however long they take
    this.launched.channel.close();
    const timer = setTimeout(() => this.kill(), graceMs);
    await this.gone;
    clearTimeout(timer);
  }

  private kill(): void {
    if (!this.ended) this.launched.kill();
  }

  /** Kills the process after `ms`, unless the task ends or another limit is set before. */
  private limit(ms: number, reason: 'timeout' | 'loading-timeout', seconds: number): void {
    const { current } = this;
    if (!current) return;
    clearTimeout(current.timer);
    const { node, step } = current.task;
    current.timer = setTimeout(() => {
      this.decided = { status: 'failed', failure: failure(reason, { node, seconds }, { step }) };
      this.kill();
    }, ms);
  }

  /** Handlers for messages of the worker while a task is carried out. */
  private readonly receivers: Receivers = {
    started: () => {
      const { deadline, hooks, timer } = this.current as Current;
      clearTimeout(timer);
      if (deadline) this.limit(deadline.start(), 'timeout', deadline.seconds);
      hooks.started?.(this.launched.name);
    },
    progress: ({ done, total, unit }) => this.current?.hooks.progress(done, total, unit),
    memory: ({ peak }) => {
      const current = this.current as Current;
      current.peak = peak;
      current.hooks.memory?.(peak);
    },
    warn: ({ message }) => this.current?.hooks.warn(message),
    damage: ({ digest, where }) =>
      this.current?.hooks.warn(`blob ${digest} (${where}) is damaged or unreadable: it was set aside`),
    item: ({ key, rows }) => this.current?.hooks.item(key, rows),
    // The process gets no further task; the outcome is reported when it has ended.
    crashed: ({ failure: crash }) => void (this.decided ??= { status: 'failed', failure: crash }),
    outcome: ({ outcome, resident }) => {
      // If the process is about to end, its exit determines the outcome, not this message.
      if (this.decided !== undefined && this.decided.status !== 'aborted') return;
      this.resident = resident;
      this.finish(this.decided ?? outcome);
    },
  };

  private finish(outcome: TaskOutcome): void {
    const { current } = this;
    if (!current) return;
    clearTimeout(current.timer);
    this.current = undefined;
    this.served += 1;
    this.launched.hold(false);
    current.resolve(outcome);
  }
}
