// Composition root of worker processes: the node types, served to the main process that started this one.
import { registry } from './registry.ts';
import { serveWorker } from './runtime/worker-serve.ts';

serveWorker(registry);
