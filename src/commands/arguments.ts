// Parses a command line according to the card of its command. Mistakes are returned as failures (exit code 2) that name
// the nearest valid word.
import { parseArgs } from 'node:util';
import { failure } from '../runtime/contracts/failure.ts';
import type { Failure, Result } from '../runtime/contracts/failure.ts';
import { readSetting } from '../runtime/contracts/settings.ts';
import type { CommandCard } from './catalog.ts';
import { usage } from './help.ts';

export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly switches: ReadonlySet<string>;
}

export function readArguments(card: CommandCard, argv: readonly string[]): Result<Arguments> {
  const byName = new Map(card.options.map((option) => [option.name, option]));
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      card.options.map((option) => [
        option.name,
        {
          type: option.value === undefined ? ('boolean' as const) : ('string' as const),
          ...(option.short === undefined ? {} : { short: option.short }),
        },
      ]),
    ),
  });
  const failures: Failure[] = [];
  const positionals: string[] = [];
  const values: Record<string, string[]> = {};
  const switches = new Set<string>();
  const line = { command: card.name, usage: usage(card) };
  const options = card.options.map(({ name }) => `--${name}`);
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = byName.get(token.name);
    const used = { option: token.rawName, ...line };
    if (option === undefined)
      failures.push(failure('unknown-option', { command: card.name, option: token.rawName, options }));
    else if (option.value === undefined) {
      if (token.value !== undefined) failures.push(failure('option-takes-no-value', used));
      switches.add(option.name);
    } else if (token.value === undefined)
      failures.push(failure('option-needs-value', { ...used, value: option.value }));
    else {
      const given = (values[option.name] ??= []);
      if (given.length > 0 && option.repeat !== true) failures.push(failure('option-given-twice', used));
      given.push(token.value);
    }
  }
  failures.push(...countPositionals(card, positionals), ...checkValues(card, values));
  return failures.length > 0 ? { ok: false, failures } : { ok: true, value: { positionals, values, switches } };
}

function countPositionals(card: CommandCard, given: readonly string[]): Failure[] {
  const line = { command: card.name, usage: usage(card) };
  const failures: Failure[] = card.arguments
    .filter((argument, index) => argument.optional !== true && index >= given.length)
    .map(({ name, doc }) => failure('missing-argument', { argument: name, doc, ...line }));
  const isEndless = card.arguments.some((argument) => argument.repeat === true);
  if (!isEndless && given.length > card.arguments.length) {
    const surplus = given.slice(card.arguments.length).join(' ');
    failures.push(failure('too-many-arguments', { surplus, ...line }));
  }
  return failures;
}

/** Checks settings (given on the command line, else in the environment), and options with a fixed list of values. */
function checkValues(card: CommandCard, values: Arguments['values']): Failure[] {
  const failures: Failure[] = [];
  for (const { name, choices, setting } of card.options) {
    const given = values[name]?.[0];
    if (setting !== undefined) {
      const read = readSetting(setting, given);
      if (!read.ok) failures.push(...read.failures);
    } else if (choices !== undefined && given !== undefined && !choices.includes(given))
      failures.push(failure('unknown-choice', { what: name, given, choices, by: `--${name}` }));
  }
  return failures;
}

/** Reads the text of the option `name` as a whole number of at least `least`. Fails with `not-a-whole-number`. */
export function wholeNumber(name: string, text: string, least: number): Result<number> {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least) return { ok: true, value };
  return { ok: false, failures: [failure('not-a-whole-number', { option: `--${name}`, given: text, least })] };
}
