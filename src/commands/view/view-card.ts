// Cards of views: the name of a view and how to open it. The code of a view is imported only when a run uses it.
import type { Graph } from '../../runtime/contracts/graph.ts';
import type { View } from '../../runtime/contracts/view.ts';
import type { Screen } from '../screen.ts';

/** A text stream such as `process.stdout`. */
export interface TextStream {
  write(text: string): unknown;
  /** Width of the terminal; absent for pipes and files. */
  readonly columns?: number;
  readonly rows?: number;
  readonly isTTY?: boolean;
}

/** Arguments of a view. */
export interface ViewSetup {
  readonly screen: Screen;
  readonly graph: Graph;
  readonly out: TextStream;
  readonly err: TextStream;
}

export interface ViewCard {
  /** Value of `--view`; the file is named `<name>-view.ts`. */
  readonly name: string;
  readonly doc: string;
  /** Opens the view for one run. */
  open(setup: ViewSetup): Promise<View> | View;
}

export function defineView(card: ViewCard): ViewCard {
  return Object.freeze(card);
}
