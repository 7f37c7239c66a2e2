// Serves tasks in a worker process: receives them from the main process one at a time, carries them out with the store,
// and answers with digests and events. It decides nothing about caching and records no results of steps.
import { describeStray, describeThrow } from '../contracts/describe-throw.ts';
import { FailureError } from '../contracts/failure.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import type { LoadNode } from './load-nodes.ts';
import { perform } from './perform.ts';
import type { PerformHooks } from './perform.ts';
import { HAS_GROUPS, killGroup } from './process-group.ts';
import { watchProcess } from './process-watch.ts';
import type { ProcessWatch } from './process-watch.ts';
import type { Task, TaskOutcome } from './task.ts';
import type { FromWorker, ServingChannel } from './worker-messages.ts';

export interface ServeSetup {
  readonly load: LoadNode;
  /** Name of the tensor backend; null before one is loaded. */
  readonly backend: () => string | null;
}

/** Serves tasks until the channel to the main process closes, and then ends the process. */
export function serveWorker(channel: ServingChannel, setup: ServeSetup): void {
  const worker = new ServingWorker(channel, setup);
  channel.onMessage((message) => {
    if (message.type === 'abort') worker.abort();
    else void worker.take(message.task, message.store);
  });
  channel.onClose(() => void worker.leave());
  process.on(
    'unhandledRejection',
    (reason) => void worker.crash(reason, 'a promise was rejected and nothing awaited it'),
  );
  process.on('uncaughtException', (error) => void worker.crash(error, 'it was thrown in a callback, outside of `run`'));
  // The main process decides when to stop. Where workers have no process group of their own, Ctrl-C reaches them too.
  if (!HAS_GROUPS) process.on('SIGINT', () => undefined);
}

class ServingWorker {
  private readonly channel: ServingChannel;
  private readonly setup: ServeSetup;
  /**
   * Thread that ends this process when its parent has died. The main thread cannot do so, because a node may block it
   * for ever.
   */
  private readonly watch = watchProcess();
  private store: Promise<Store> | undefined;
  private current: { readonly task: Task; readonly stop: AbortController } | undefined;

  constructor(channel: ServingChannel, setup: ServeSetup) {
    this.channel = channel;
    this.setup = setup;
  }

  /** Carries a task out and sends its outcome. */
  async take(task: Task, folder: string): Promise<void> {
    const stop = new AbortController();
    this.current = { task, stop };
    const reportMemory = memoryReport(this.watch, (message) => void this.channel.send(message));
    const outcome = await this.carryOut(task, folder, { signal: stop.signal, reportMemory });
    reportMemory();
    this.current = undefined;
    await this.channel.send({ type: 'outcome', outcome, resident: process.memoryUsage.rss() });
  }

  abort(): void {
    this.current?.stop.abort();
  }

  private async carryOut(
    task: Task,
    folder: string,
    { signal, reportMemory }: { readonly signal: AbortSignal; readonly reportMemory: () => void },
  ): Promise<TaskOutcome> {
    try {
      const store = await (this.store ??= this.open(folder));
      return await perform(task, { store, signal, ...this.setup }, this.hooks(reportMemory));
    } catch (error) {
      return { status: 'failed', failure: describeThrow(error, task) };
    }
  }

  private hooks(reportMemory: () => void): PerformHooks {
    const send = (message: FromWorker): void => void this.channel.send(message);
    return {
      started: () => send({ type: 'started' }),
      progress: (done, total, unit) => {
        send({ type: 'progress', done, total, unit });
        reportMemory();
      },
      warn: (message) => send({ type: 'warn', message }),
      item: (key, rows) => {
        send({ type: 'item', key, rows });
        reportMemory();
      },
    };
  }

  private async open(folder: string): Promise<Store> {
    const onDamage = (digest: Extract<FromWorker, { type: 'damage' }>['digest'], where: string): void =>
      void this.channel.send({ type: 'damage', digest, where });
    const opened = await openStore(folder, { onDamage });
    if (opened.ok) return opened.value;
    const [given] = opened.failures;
    throw given ? new FailureError(given) : new Error(`the cache ${folder} cannot be opened`);
  }

  /** Handles an error that no task caught: the state of this process cannot be trusted any more, so it ends. */
  async crash(error: unknown, how: string): Promise<void> {
    if (!this.current || !this.channel.open) console.error(error);
    else await this.channel.send({ type: 'crashed', failure: describeStray(error, how, this.current.task) });
    process.exit(1);
  }

  async leave(): Promise<void> {
    try {
      await (await this.store)?.close();
    } finally {
      // Here too, because the main process may be dead. Last of all, because it ends this process.
      process.on('exit', () => killGroup(process.pid));
      process.exit(0);
    }
  }
}

const REPORTED_BYTES = 2 ** 20;

/**
 * Starts to measure memory. The returned function sends the largest resident set if it rose by more than 1 MiB since it
 * was last sent.
 */
function memoryReport(watch: ProcessWatch, send: (message: FromWorker) => void): () => void {
  let reported = 0;
  watch.begin();
  return () => {
    const peak = watch.peak();
    if (peak > reported + REPORTED_BYTES) send({ type: 'memory', peak: (reported = peak) });
  };
}
