// Composition root of worker processes: carries out tasks for the main process, with the built-in node types.
import { registry } from './registry.ts';
import { channelToParent } from './runtime/workers/ipc-channel.ts';
import { nodeLoader } from './runtime/workers/load-nodes.ts';
import { serveWorker } from './runtime/workers/worker-serve.ts';

/** tfjs-core stores its engine on `globalThis` once it is loaded. Read from there, because asking must not load the library. */
interface WithEngine {
  readonly _tfengine?: { readonly backendName?: string };
}

const load = nodeLoader(registry, async (path) =>
  (await import('./runtime/modules/user-modules.ts')).loadUserModule(path),
);
serveWorker(channelToParent(), { load, backend: () => (globalThis as WithEngine)._tfengine?.backendName ?? null });
