// The last resort: a mistake of ours. Users get one line and a place to look; the stack is there for those who ask.
import { FailureError } from '../runtime/contracts/failure.ts';

export function reportInternalError(error: unknown): number {
  if (error instanceof FailureError) {
    const { headline, values = {}, help } = error.failure;
    const lines = Object.entries(values).map(([name, value]) => `  ${name}: ${value}\n`);
    process.stderr.write(`error: ${headline}\n${lines.join('')}${help === undefined ? '' : `  ${help}\n`}`);
    return 1;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`error: this is a mistake in lethe, not in your pipeline: ${message}\n`);
  if (process.env['LETHE_DEBUG'] !== undefined && error instanceof Error)
    process.stderr.write(`${error.stack ?? ''}\n`);
  else process.stderr.write('  Set LETHE_DEBUG=1 to see where, and please report it.\n');
  return 1;
}
