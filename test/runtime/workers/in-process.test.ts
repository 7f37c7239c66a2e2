import { InProcess } from '../../../src/runtime/workers/in-process.ts';
import { nodeLoader } from '../../../src/runtime/workers/load-nodes.ts';
import { registry } from '../engine/fixtures/nodes.ts';
import { executorContract } from './executor-contract.ts';

executorContract({
  name: 'the main process',
  open: (store) => new InProcess(store, nodeLoader(registry)),
  separate: false,
});
