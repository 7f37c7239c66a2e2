// The worker's side: takes tasks from the main process one at a time, carries them out against the store, answers with digests
// and events. It decides nothing about caching and records no step's result.
import type { NodeDefinition, NodeRegistry } from '../contracts/define.ts';
import { describeStray, describeThrow } from '../contracts/describe-throw.ts';
import { FailureError } from '../contracts/failure.ts';
import type { Host } from './perform.ts';
import { perform } from './perform.ts';
import { watchProcess } from './process-watch.ts';
import type { Store } from '../store/store.ts';
import { openStore } from '../store/open-store.ts';
import type { Outcome, Task } from './task.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

export interface ServeOptions {
  /** Name of the tensor backend in use, once one is. */
  readonly backend?: () => string | null;
}

const WORTH_TELLING_BYTES = 2 ** 20;

/** Serves tasks until the channel to the main process closes. */
export function serveWorker(registry: NodeRegistry, options: ServeOptions = {}): void {
  const send = (message: FromWorker): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const loader = nodeLoader(registry);
  // A node may block this thread for ever; if the main process dies meanwhile, even before this thread runs, somebody has to notice.
  const watch = watchProcess();
  let told = 0;
  const tellMemory = (): void => {
    const peak = watch.peak();
    if (peak > told + WORTH_TELLING_BYTES) send({ type: 'memory', peak: (told = peak) });
  };
  let store: Promise<Store> | undefined;
  let abort = new AbortController();
  let current: Task | undefined;
  const serve = async (task: Task, folder: string): Promise<Outcome> => {
    abort = new AbortController();
    current = task;
    told = 0;
    watch.begin();
    try {
      store ??= openForWorker(folder, send);
      const host: Host = {
        store: await store,
        load: loader,
        backend: options.backend ?? (() => null),
        signal: abort.signal,
      };
      return await perform(task, host, {
        started: () => send({ type: 'started' }),
        progress: (done, total, unit) => {
          send({ type: 'progress', done, total, unit });
          tellMemory();
        },
        warn: (message) => send({ type: 'warn', message }),
        item: (key, rows) => {
          send({ type: 'item', key, rows });
          tellMemory();
        },
      });
    } catch (error) {
      return { status: 'failed', failure: describeThrow(error, task) };
    } finally {
      tellMemory();
      current = undefined;
    }
  };
  process.on('message', (message: ToWorker) => {
    if (message.type === 'abort') abort.abort();
    else
      void serve(message.task, message.store).then((outcome) =>
        send({ type: 'outcome', outcome, resident: process.memoryUsage.rss() }),
      );
  });
  const crash = (error: unknown, how: string): void => {
    if (current === undefined || !process.connected) {
      console.error(error);
      process.exit(1);
    }
    // What this process holds is not to be trusted any more: it ends as soon as the message is out.
    const message: FromWorker = { type: 'crashed', failure: describeStray(error, how, current) };
    process.send?.(message, undefined, undefined, () => process.exit(1));
  };
  process.on('unhandledRejection', (reason) => crash(reason, 'a promise was rejected and nothing awaited it'));
  process.on('uncaughtException', (error) => crash(error, 'it was thrown in a callback, outside of `run`'));
  process.on('disconnect', () => void leave(store));
  // Ctrl-C reaches the whole process group; the main process decides what happens then.
  process.on('SIGINT', () => undefined);
}

async function leave(store: Promise<Store> | undefined): Promise<void> {
  try {
    await (await store)?.close();
  } finally {
    process.exit(0);
  }
}

async function openForWorker(folder: string, send: (message: FromWorker) => void): Promise<Store> {
  const opened = await openStore(folder, { onDamage: (digest, where) => send({ type: 'damage', digest, where }) });
  if (!opened.ok)
    throw new FailureError(
      opened.failures[0] ?? { reason: 'cache-unreadable', headline: `cannot open the cache ${folder}` },
    );
  return opened.value;
}

/** Loads node types by name, from the registry or from a user's module; every module once. */
export function nodeLoader(registry: NodeRegistry): Host['load'] {
  const modules = new Map<string, Promise<readonly NodeDefinition[]>>();
  return async (type, module) => {
    if (module === undefined) return registry.load(type);
    let loading = modules.get(module);
    if (!loading) {
      loading = import('../modules/user-modules.ts').then(({ loadUserModule }) => loadUserModule(module));
      modules.set(module, loading);
    }
    const definition = (await loading).find((candidate) => candidate.type === type);
    if (!definition) {
      throw new FailureError({
        reason: 'unknown-node',
        headline: `${module} defines no node type ${type}`,
        values: { file: module, node: type },
      });
    }
    return definition;
  };
}
