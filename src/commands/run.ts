// `lethe run`: links the pipeline, runs it, and shows the outputs of its final steps.
import { fileURLToPath } from 'node:url';
import type { RunFinished } from '../runtime/contracts/events.ts';
import type { Failure, Result } from '../runtime/contracts/failure.ts';
import type { Store } from '../runtime/store/store.ts';
import type { Arguments } from './arguments.ts';
import { endNow } from './ending.ts';
import type { Screen } from './screen.ts';
import { openWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';
import { readWorkers } from './workers-option.ts';
import type { WorkersWanted } from './workers-option.ts';

const INTERRUPTED = 130;

export async function run(args: Arguments, screen: Screen): Promise<number> {
  const workers = readWorkers(args);
  if (!workers.ok) return screen.fail(workers.failures, 2);
  const wrongFolder = await checkOutFolder(args);
  if (wrongFolder !== undefined) return screen.fail([wrongFolder], 2);
  const workspace = await openWorkspace(args, screen);
  if (!workspace.ok) return screen.fail(workspace.failures, 2);
  const abort = new AbortController();
  const stop = interruptible(abort, screen);
  try {
    return await execute(args, screen, workspace.value, { ...workers.value, signal: abort.signal });
  } finally {
    stop();
    await workspace.value.store.close();
  }
}

/**
 * Checks, before anything is computed, that outputs can be copied to `--out`. Undefined if they can, or if `--out` is
 * not given.
 */
async function checkOutFolder(args: Arguments): Promise<Failure | undefined> {
  const folder = args.values['out']?.[0];
  return folder === undefined ? undefined : (await import('./out-folder.ts')).prepareOutFolder(folder);
}

async function execute(
  args: Arguments,
  screen: Screen,
  { graph, store }: Workspace,
  options: WorkersWanted & { readonly signal: AbortSignal },
): Promise<number> {
  const [{ runGraph }, { localExecutors }, { registry }, view] = await Promise.all([
    import('../runtime/engine/run.ts'),
    import('../runtime/workers/local-executors.ts'),
    import('../registry.ts'),
    import('./view/open-views.ts').then(({ openViews }) => openViews(screen, graph, args.values['view'])),
  ]);
  const backend = args.values['backend']?.[0];
  const workerModule = fileURLToPath(new URL('../worker.js', import.meta.url));
  let finished: Awaited<ReturnType<typeof runGraph>> | undefined;
  try {
    finished = await runGraph(graph, store, {
      targets: args.positionals.slice(1),
      ...options,
      keepGoing: args.switches.has('keep-going'),
      force: args.values['force'] ?? [],
      onEvent: (event) => view.onEvent(event),
      executors: localExecutors({ store, registry, workerModule, backend }),
      ...(backend === undefined ? {} : { backend }),
    });
  } finally {
    await view.close(finished?.ok === true ? finished.value : undefined);
  }
  if (!finished.ok) return screen.fail(finished.failures, 2);
  const shown = await showOutputs(args, screen, { graph, store }, finished.value);
  if (options.signal.aborted) return INTERRUPTED;
  return finished.value.failed > 0 ? 1 : shown;
}

async function showOutputs(
  args: Arguments,
  screen: Screen,
  workspace: Workspace,
  finished: RunFinished,
): Promise<number> {
  const folder = args.values['out']?.[0];
  const copied = folder === undefined ? undefined : await copyTo(folder, workspace.store, finished);
  if (!screen.json) {
    const { renderSummary } = await import('./view/summary.ts');
    const copies = copied?.ok === true ? copied.value : [];
    screen.print(await renderSummary(workspace, finished, { width: screen.width, quiet: screen.quiet, copies }));
  }
  return copied?.ok === false ? screen.fail(copied.failures, 1) : 0;
}

async function copyTo(folder: string, store: Store, finished: RunFinished): Promise<Result<readonly string[]>> {
  const { copyOutputs } = await import('./copy-outputs.ts');
  return copyOutputs(folder, store, finished);
}

/**
 * Handles signals: the first SIGINT or SIGTERM stops the run cleanly, a second ends the process immediately. Returns a
 * function that removes the handlers.
 */
function interruptible(abort: AbortController, screen: Screen): () => void {
  const onSignal = (): void => {
    if (abort.signal.aborted) endNow(INTERRUPTED);
    screen.note('interrupted: finished steps and items stay cached (press again to leave immediately)');
    abort.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}
