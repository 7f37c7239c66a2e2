// Executors on one machine: light steps in this process, heavy steps in a pool of worker processes. Composition roots
// create them. The code of an executor is imported when a step must be computed.
import { availableParallelism } from 'node:os';
import type { NodeRegistry } from '../contracts/define.ts';
import type { Store } from '../store/store.ts';
import type { Executors, HeavyNeed } from './executor.ts';

export interface LocalSetup {
  readonly store: Store;
  readonly registry: NodeRegistry;
  /** Absolute path of the module that serves tasks in worker processes. */
  readonly workerModule: string;
  /** Tensor backend of the workers. Default: the workers choose. */
  readonly backend?: string | undefined;
}

export function localExecutors({ store, registry, workerModule, backend }: LocalSetup): Executors {
  return {
    light: async () => {
      const [{ InProcess }, { nodeLoader }] = await Promise.all([import('./in-process.ts'), import('./load-nodes.ts')]);
      return new InProcess(store, nodeLoader(registry));
    },
    heavy: async (need) => {
      const { WorkerPool } = await import('./worker-pool.ts');
      const environment = workerEnvironment(need, backend);
      const share = need.share === undefined ? {} : { share: need.share };
      return new WorkerPool({ module: workerModule, store: store.folder, environment, size: need.jobs, ...share });
    },
  };
}

function workerEnvironment({ wanted }: HeavyNeed, backend: string | undefined): NodeJS.ProcessEnv {
  return {
    // Divides the cores among the workers so that they do not compete; a setting of the user takes precedence. Sums
    // depend on the number of threads, and training amplifies such differences. A memory bound must not change results,
    // so the number of threads is computed from the number of workers that the user wants, not from the number that
    // fits into memory.
    TF_NUM_INTRAOP_THREADS: String(Math.max(1, Math.floor(availableParallelism() / wanted))),
    ...process.env,
    ...(backend === undefined ? {} : { LETHE_BACKEND: backend }),
  };
}
