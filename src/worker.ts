// Composition root of worker processes: the node types, served to the main process that started this one.
import { registry } from './registry.ts';
import { serveWorker } from './runtime/workers/worker-serve.ts';

/** tfjs-core keeps its engine there, once somebody has loaded it; asking for it must not load it. */
interface WithEngine {
  readonly _tfengine?: { readonly backendName?: string };
}

serveWorker(registry, { backend: () => (globalThis as WithEngine)._tfengine?.backendName ?? null });
