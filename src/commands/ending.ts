// The end of the process. It counts as a success only if the command has ended: not if code of the user calls
// `process.exit()`, and not if nothing is left to wait for although the command still waits.
import type { Failure } from '../runtime/contracts/failure.ts';

let hasEnded = false;

/** Ends the process at once, on purpose. */
export function endNow(code: number): never {
  hasEnded = true;
  process.exit(code);
}

/**
 * Executes a command. If the process ends before the command does, tells the failure that `early` returns for its exit
 * code, and makes the exit code 1. Only synchronous writing reaches the user then.
 */
export async function untilEnded(
  command: () => Promise<number>,
  { json, early }: { readonly json: boolean; readonly early: (code: number) => Failure },
): Promise<number> {
  process.on('exit', (code) => {
    if (hasEnded) return;
    const told = early(code);
    if (json) process.stdout.write(`${JSON.stringify({ event: 'failure', ...told })}\n`);
    else process.stderr.write(`error: ${told.headline}\n  ${told.help ?? ''}\n`);
    process.exitCode = 1;
  });
  try {
    return await command();
  } finally {
    hasEnded = true;
  }
}
