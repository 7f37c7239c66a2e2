// Tests that start processes run the built command line: build it where a source is newer.
import { prepare } from '../scripts/prepare.mjs';

export function setup(): void {
  prepare();
}
