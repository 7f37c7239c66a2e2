// Executes a command: parses its arguments according to its card, imports only the code of that command, renders
// failures.
import { failure } from '../runtime/contracts/failure.ts';
import type { Failure } from '../runtime/contracts/failure.ts';
import type { Arguments } from './arguments.ts';
import { readArguments } from './arguments.ts';
import { COMMANDS } from './catalog.ts';
import type { CommandCard } from './catalog.ts';
import type { Screen } from './screen.ts';
import { untilEnded } from './ending.ts';
import { openScreen } from './screen.ts';

/** A command: prints on the screen and returns its exit code. */
export type Command = (args: Arguments, screen: Screen) => Promise<number>;

const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).run,
  plan: async () => (await import('./plan.ts')).plan,
  why: async () => (await import('./why.ts')).why,
  check: async () => (await import('./check.ts')).check,
  nodes: async () => (await import('./nodes.ts')).nodes,
  show: async () => (await import('./show.ts')).show,
  runs: async () => (await import('./runs.ts')).runs,
  cache: async () => (await import('./cache.ts')).cache,
  doctor: async () => (await import('./doctor.ts')).doctor,
  init: async () => (await import('./init.ts')).init,
  setup: async () => (await import('./setup.ts')).setup,
  completion: async () => (await import('./completion.ts')).completion,
};

export function runCommand(card: CommandCard, argv: readonly string[]): Promise<number> {
  const screen = screenFor(argv);
  const early = (code: number): Failure => failure('ended-early', { code });
  return untilEnded(() => execute(card, argv, screen), { json: screen.json, early });
}

async function execute(card: CommandCard, argv: readonly string[], screen: Screen): Promise<number> {
  try {
    const args = readArguments(card, argv);
    if (!args.ok) return await screen.fail(args.failures, 2);
    const load = LOADERS[card.name];
    if (load === undefined) throw new Error(`command ${card.name} has no implementation`);
    const command = await load();
    return await command(args.value, screen);
  } catch (error) {
    const { reportError } = await import('./report-error.ts');
    return reportError(error, screen);
  }
}

/** Reports that there is no command `name`. Returns the exit code. */
export function unknownCommand(name: string, argv: readonly string[]): Promise<number> {
  const choices = COMMANDS.map((card) => card.name);
  return screenFor(argv).fail([failure('unknown-choice', { what: 'command', given: name, choices })], 2);
}

function screenFor(argv: readonly string[]): Screen {
  return openScreen({
    json: argv.includes('--json'),
    quiet: argv.includes('--quiet'),
    color: !argv.includes('--no-color'),
  });
}
