// Reports an error that a command threw: a failure in its own words, anything else as a bug in Lethe. LETHE_DEBUG=1
// adds the stack of a bug.
import { messageOf } from '../runtime/contracts/describe-throw.ts';
import { FailureError, failure } from '../runtime/contracts/failure.ts';
import { SETTINGS, readSetting } from '../runtime/contracts/settings.ts';
import type { Screen } from './screen.ts';

/** Prints the error and returns the exit code. */
export async function reportError(error: unknown, screen: Screen): Promise<number> {
  if (error instanceof FailureError) return screen.fail([error.failure], 1);
  const message = messageOf(error);
  const debug = readSetting(SETTINGS.debug);
  const isTraced = debug.ok && debug.value === true && error instanceof Error;
  const code = await screen.fail([failure('bug-in-lethe', { message, isTraced })], 1);
  if (isTraced) screen.alert(`${error.stack ?? ''}\n`);
  return code;
}
