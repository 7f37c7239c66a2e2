// Cards of views: each says what a view is called and how it is opened. The code of a view is loaded when a run wants it.
import type { Graph } from '../../runtime/contracts/graph.ts';
import type { View } from '../../runtime/contracts/view.ts';
import type { Screen } from '../screen.ts';

/** A stream of text, as `process.stdout`. */
export interface TextStream {
  write(text: string): unknown;
  /** Size of a terminal; absent for pipes and files. */
  readonly columns?: number;
  readonly rows?: number;
  readonly isTTY?: boolean;
}

/** Surroundings of a view. */
export interface ViewSetup {
  readonly screen: Screen;
  readonly graph: Graph;
  readonly out: TextStream;
  readonly err: TextStream;
}

export interface ViewCard {
  /** Value of `--view`, and name of the file: `<name>-view.ts`. */
  readonly name: string;
  readonly doc: string;
  /** Opens the view for one run. */
  open(setup: ViewSetup): Promise<View> | View;
}

export function defineView(card: ViewCard): ViewCard {
  return Object.freeze(card);
}
