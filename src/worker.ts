// Composition root of worker processes: serves tasks of all node types for the main process that started this process.
import { registry } from './registry.ts';
import { channelToParent } from './runtime/workers/ipc-channel.ts';
import { nodeLoader } from './runtime/workers/load-nodes.ts';
import { serveWorker } from './runtime/workers/worker-serve.ts';

/**
 * Global object on which tfjs-core stores its engine. The name of the backend is read from it, because importing the
 * library for that purpose would load it.
 */
interface WithEngine {
  readonly _tfengine?: { readonly backendName?: string };
}

const load = nodeLoader(registry, async (path) =>
  (await import('./runtime/modules/user-modules.ts')).loadUserModule(path),
);
serveWorker(channelToParent(), { load, backend: () => (globalThis as WithEngine)._tfengine?.backendName ?? null });
