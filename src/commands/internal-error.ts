// Last resort for errors that are bugs in Lethe. Users see one line; LETHE_DEBUG=1 adds the stack.
import { FailureError } from '../runtime/contracts/failure.ts';
import { SETTINGS, readSetting } from '../runtime/contracts/settings.ts';

export function reportInternalError(error: unknown): number {
  if (error instanceof FailureError) {
    const { headline, values = {}, help } = error.failure;
    const lines = Object.entries(values).map(([name, value]) => `  ${name}: ${value}\n`);
    process.stderr.write(`error: ${headline}\n${lines.join('')}${help === undefined ? '' : `  ${help}\n`}`);
    return 1;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`error: this is a bug in Lethe, not in your pipeline: ${message}\n`);
  const debug = readSetting(SETTINGS.debug);
  if (debug.ok && debug.value === true && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  else process.stderr.write('  Set LETHE_DEBUG=1 to print the stack, and please report it.\n');
  return 1;
}
