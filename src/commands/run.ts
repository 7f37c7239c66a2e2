// `lethe run`: open, run, render; the last thing printed is what the user came for.
import { fileURLToPath } from 'node:url';
import type { LetheEvent, RunFinished } from '../runtime/contracts/events.ts';
import type { Failure, Result } from '../runtime/contracts/failure.ts';
import type { Graph } from '../runtime/contracts/graph.ts';
import type { Store } from '../runtime/store/store.ts';
import type { Arguments } from './arguments.ts';
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

/** Before anything is computed. */
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
  const [{ runGraph }, { registry }, view] = await Promise.all([
    import('../runtime/engine/run.ts'),
    import('../registry.ts'),
    openView(screen, graph),
  ]);
  const backend = args.values['backend']?.[0];
  const finished = await runGraph(graph, store, {
    targets: args.positionals.slice(1),
    ...options,
    keepGoing: args.switches.has('keep-going'),
    force: args.values['force'] ?? [],
    onEvent: view.onEvent,
    registry,
    workerModule: fileURLToPath(new URL('../worker.js', import.meta.url)),
    ...(backend === undefined ? {} : { backend }),
  });
  view.close();
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

interface View {
  readonly onEvent: (event: LetheEvent) => void;
  readonly close: () => void;
}

async function openView(screen: Screen, graph: Graph): Promise<View> {
  if (screen.json) return { onEvent: (event) => screen.line(event), close: () => undefined };
  const [{ placeFailures }, view] = await Promise.all([
    import('./view/place-failures.ts'),
    screen.live
      ? import('./view/live-view.ts').then(({ openLiveView }) => openLiveView(screen))
      : import('./view/plain-view.ts').then(({ openPlainView }) => openPlainView(screen)),
  ]);
  return { ...view, onEvent: placeFailures(graph, view.onEvent) };
}

/** First SIGINT or SIGTERM: abandon cleanly; a second one: at once. */
function interruptible(abort: AbortController, screen: Screen): () => void {
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(INTERRUPTED);
    screen.note('interrupted: keeping what is finished (press again to leave at once)');
    abort.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}
