#!/usr/bin/env node
// Composition root of the command line: finds the command, parses its arguments, executes it. Everything else is
// imported when needed.
import { COMMANDS } from './commands/catalog.ts';
import { endNow } from './commands/ending.ts';
import { renderCommandHelp, renderHelp } from './commands/help.ts';

/** Executes one command line and returns its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  const wantsHelp = rest.includes('--help') || rest.includes('-h');
  if (name === undefined || name === '--help' || name === '-h' || (name === 'help' && rest.length === 0)) {
    process.stdout.write(renderHelp(await version()));
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-V') {
    process.stdout.write(`${await version()}\n`);
    return 0;
  }
  const card = COMMANDS.find((candidate) => candidate.name === (name === 'help' ? rest[0] : name));
  if (card === undefined) {
    const { unknownCommand } = await import('./commands/run-command.ts');
    return unknownCommand(name === 'help' ? (rest[0] ?? '') : name, rest);
  }
  if (wantsHelp || name === 'help') {
    process.stdout.write(renderCommandHelp(card));
    return 0;
  }
  const { runCommand } = await import('./commands/run-command.ts');
  return runCommand(card, rest);
}

async function version(): Promise<string> {
  const { packageVersion } = await import('./runtime/contracts/environment.ts');
  return packageVersion();
}

/** Exit code of a program whose reader has gone (`lethe show ... | head`), as if it had died of SIGPIPE. */
const READER_GONE = 128 + 13;

// A reader that goes ends the program without a message, but not with success, because a run may have been cut short.
// Anything else, such as a full disk (`lethe show ... > file`), is told.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') endNow(READER_GONE);
  process.stderr.write(`error: the output cannot be written: ${error.message}\n`);
  endNow(1);
});
// Errors of stderr are ignored, because a message about them could not be printed either.
process.stderr.on('error', () => undefined);

// Without `await` here: Node would print this line of code if the process ended before the command.
void main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    // Commands report their own errors, so this error means that a file of Lethe itself could not be loaded.
    process.exitCode = 1;
    process.stderr.write(`error: lethe cannot start: ${(error as Error).message}\n  Install it again.\n`);
  },
);
