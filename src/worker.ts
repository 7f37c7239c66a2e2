// Composition root of worker processes: the node types, served to the main process that started this one.
import { registry } from './registry.ts';
import { channelToParent } from './runtime/workers/ipc-channel.ts';
import { nodeLoader } from './runtime/workers/load-nodes.ts';
import { serveWorker } from './runtime/workers/worker-serve.ts';

/** tfjs-core keeps its engine there, once somebody has loaded it; asking for it must not load it. */
interface WithEngine {
  readonly _tfengine?: { readonly backendName?: string };
}

const load = nodeLoader(registry, async (path) =>
  (await import('./runtime/modules/user-modules.ts')).loadUserModule(path),
);
serveWorker(channelToParent(), { load, backend: () => (globalThis as WithEngine)._tfengine?.backendName ?? null });
