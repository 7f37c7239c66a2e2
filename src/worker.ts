// Composition root of worker processes: serves tasks of all node types for the main process that started this one.
import { registry } from './registry.ts';
import { channelToParent } from './runtime/workers/ipc-channel.ts';
import { nodeLoader } from './runtime/workers/load-nodes.ts';
import { serveWorker } from './runtime/workers/worker-serve.ts';

/**
 * Global object with tfjs-core's engine. It is read there, because asking for the backend must not load the library.
 */
interface WithEngine {
  readonly _tfengine?: { readonly backendName?: string };
}

const load = nodeLoader(registry, async (path) =>
  (await import('./runtime/modules/user-modules.ts')).loadUserModule(path),
);
serveWorker(channelToParent(), { load, backend: () => (globalThis as WithEngine)._tfengine?.backendName ?? null });
