// Tests that start processes run the built command line: build it where a source is newer.
import { prepare } from '../scripts/prepare.mjs';

export async function setup(): Promise<void> {
  await prepare();
}
