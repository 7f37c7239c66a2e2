// Executes a command from its card: parses arguments, imports only that command, renders failures.
import type { Failure } from '../runtime/contracts/failure.ts';
import type { Arguments } from './arguments.ts';
import { readArguments } from './arguments.ts';
import type { CommandCard } from './catalog.ts';
import type { Screen } from './screen.ts';
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

export async function runCommand(card: CommandCard, argv: readonly string[]): Promise<number> {
  const args = await readArguments(card, argv);
  const screen = openScreen({
    json: argv.includes('--json'),
    quiet: argv.includes('--quiet'),
    color: !argv.includes('--no-color'),
  });
  if (!args.ok) return screen.fail(args.failures, 2);
  const load = LOADERS[card.name];
  if (load === undefined) throw new Error(`command ${card.name} has no implementation`);
  const command = await load();
  try {
    return await command(args.value, screen);
  } catch (error) {
    const failure = await failureOf(error);
    if (failure === undefined) throw error;
    return screen.fail([failure], 1);
  }
}

async function failureOf(error: unknown): Promise<Failure | undefined> {
  const { FailureError } = await import('../runtime/contracts/failure.ts');
  return error instanceof FailureError ? error.failure : undefined;
}
