// Opens the views of a run: the default view for the output (terminal, pipe or JSON), and the views that the user
// names.
import type { Graph } from '../../runtime/contracts/graph.ts';
import { several } from '../../runtime/contracts/view.ts';
import type { View } from '../../runtime/contracts/view.ts';
import type { Screen } from '../screen.ts';
import { placeFailure } from './place-failures.ts';
import { loadView } from './views.ts';

/**
 * Opens views and combines them into one. `named` are the values of `--view`. Failures reach every view with their
 * position in the pipeline file.
 */
export async function openViews(screen: Screen, graph: Graph, named: readonly string[] = []): Promise<View> {
  const first = screen.json ? 'json' : screen.live ? 'live' : 'plain';
  const cards = await Promise.all([...new Set([first, ...named])].map(loadView));
  const setup = { screen, graph, out: process.stdout, err: process.stderr };
  const view = several(await Promise.all(cards.map(async (card) => card.open(setup))));
  return {
    onEvent(event) {
      const isFailure = event.event === 'step-finished' && event.failure !== undefined;
      view.onEvent(isFailure ? { ...event, failure: placeFailure(graph, event.failure, event.step) } : event);
    },
    close: (finished) => view.close(finished),
  };
}
