// The executor of light steps: tables, lists and files, in the main process. It cannot stop code that blocks the process; only
// nodes of our own run here, those of users run in workers.
import type { NodeRegistry } from '../contracts/define.ts';
import { describeThrow } from '../contracts/describe-throw.ts';
import type { Executor, TaskOptions } from './executor.ts';
import type { Host } from './perform.ts';
import { perform } from './perform.ts';
import type { Store } from '../store/store.ts';
import type { Outcome, Task, TaskHooks } from './task.ts';

export class InProcess implements Executor {
  readonly size = 1;
  private readonly host: Host;
  private readonly stop = new AbortController();

  constructor(store: Store, registry: NodeRegistry) {
    const definitions = new Map<string, ReturnType<NodeRegistry['load']>>();
    const load = (type: string): ReturnType<NodeRegistry['load']> => {
      let loading = definitions.get(type);
      if (!loading) definitions.set(type, (loading = registry.load(type)));
      return loading;
    };
    this.host = { store, load, signal: this.stop.signal, backend: () => null };
  }

  async run(task: Task, hooks: TaskHooks, { deadline }: TaskOptions = {}): Promise<Outcome> {
    if (this.stop.signal.aborted) return { status: 'aborted' };
    const performed = perform(task, this.host, hooks);
    return deadline ? withDeadline(performed, task, deadline.seconds) : performed;
  }

  abort(): void {
    this.stop.abort();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function withDeadline(performed: Promise<Outcome>, task: Task, seconds: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    const failure = {
      reason: 'timeout',
      headline: `${task.node} was stopped after ${seconds} s`,
      values: { node: task.node, 'timeout (s)': seconds },
      step: task.step,
    };
    timer = setTimeout(() => resolve({ status: 'failed', failure }), seconds * 1000);
  });
  try {
    return await Promise.race([performed, late]);
  } catch (error) {
    return { status: 'failed', failure: describeThrow(error, task) };
  } finally {
    clearTimeout(timer);
  }
}
