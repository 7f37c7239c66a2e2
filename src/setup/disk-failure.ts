// What the file system says while a setup works, as a failure.
import path from 'node:path';
import type { Failure } from '../runtime/contracts/failure.ts';
import { diskFull } from './check-machine.ts';

/** @throws the error itself when it is none of the file system's */
export function diskFailure(error: unknown, folder: string, roomNeeded: number): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error; // our mistake: not to be dressed up as the user's
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path.dirname(folder), roomNeeded);
  const help = 'Mend what the message says, or choose another folder with LETHE_HOME, then run the setup again.';
  return { reason: 'setup-failed', headline: 'the setup could not go on', values: { folder, because: message }, help };
}
