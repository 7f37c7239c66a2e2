#!/usr/bin/env node
// Composition root of the command line: finds the command, parses its arguments, executes it. Everything else is
// imported when needed.
import { COMMANDS } from './commands/catalog.ts';
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

// A reader may close the pipe (`lethe show ... | head`), which is no error. Anything else, such as a full disk (`lethe
// show ... > file`), is an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`error: the output cannot be written: ${error.message}\n`);
  process.exit(1);
});
// Errors of stderr are ignored, because a message about them could not be printed either.
process.stderr.on('error', () => undefined);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // Commands report their own errors, so this error means that a file of Lethe itself could not be loaded.
  process.exitCode = 1;
  process.stderr.write(`error: lethe cannot start: ${(error as Error).message}\n  Install it again.\n`);
}
