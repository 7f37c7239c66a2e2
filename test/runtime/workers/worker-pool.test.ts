import { WorkerPool } from '../../../src/runtime/workers/worker-pool.ts';
import { executorContract } from './executor-contract.ts';

executorContract({
  name: 'the pool of worker processes',
  open: (store, module) => new WorkerPool({ module, store: store.folder, environment: process.env, size: 2 }),
  separate: true,
});
