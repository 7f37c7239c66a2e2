// Reads a command line by its card. Mistakes come back as failures (exit code 2), with the nearest right word.
import { parseArgs } from 'node:util';
import type { Failure, Result } from '../runtime/contracts/failure.ts';
import type { CommandCard, OptionCard } from './catalog.ts';
import { usage } from './help.ts';

export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly switches: ReadonlySet<string>;
}

export async function readArguments(card: CommandCard, argv: readonly string[]): Promise<Result<Arguments>> {
  const byName = new Map<string, OptionCard>();
  for (const option of card.options) {
    byName.set(option.name, option);
  }
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
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = byName.get(token.name);
    if (option === undefined) failures.push(await unknownOption(card, token.rawName));
    else if (option.value === undefined) {
      if (token.value !== undefined) failures.push(wrongUse(card, `${token.rawName} takes no value`));
      switches.add(option.name);
    } else if (token.value === undefined)
      failures.push(wrongUse(card, `${token.rawName} needs a value: ${option.value}`));
    else {
      const given = (values[option.name] ??= []);
      if (given.length > 0 && option.repeat !== true) failures.push(wrongUse(card, `${token.rawName} is given twice`));
      given.push(token.value);
    }
  }
  failures.push(...countPositionals(card, positionals), ...(await checkChoices(card, values)));
  return failures.length > 0 ? { ok: false, failures } : { ok: true, value: { positionals, values, switches } };
}

function countPositionals(card: CommandCard, given: readonly string[]): Failure[] {
  const missing = card.arguments.filter((argument, index) => argument.optional !== true && index >= given.length);
  const endless = card.arguments.some((argument) => argument.repeat === true);
  const failures = missing.map((argument) => wrongUse(card, `${argument.name} is missing: ${argument.doc}`));
  if (!endless && given.length > card.arguments.length) {
    const surplus = given.slice(card.arguments.length).join(' ');
    failures.push(wrongUse(card, `too many arguments: ${surplus}`));
  }
  return failures;
}

/** Values that are none of those an option has, from the command line or else from the environment. */
async function checkChoices(card: CommandCard, values: Arguments['values']): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const { name, choices, variable } of card.options) {
    const said = values[name]?.[0];
    const given = said ?? (variable === undefined ? undefined : process.env[variable] || undefined);
    if (choices === undefined || given === undefined || choices.includes(given)) continue;
    const { nearest } = await import('../runtime/contracts/did-you-mean.ts');
    failures.push({
      reason: 'wrong-use',
      headline: `there is no ${name} ${given === '' ? '""' : given}`,
      values: { 'given by': said === undefined ? (variable ?? '') : `--${name}`, ...nearest(given, choices) },
      help: `Choose one of: ${choices.join(', ')}.`,
    });
  }
  return failures;
}

async function unknownOption(card: CommandCard, name: string): Promise<Failure> {
  const { didYouMean } = await import('../runtime/contracts/did-you-mean.ts');
  const names = card.options.map((option) => `--${option.name}`);
  const near = didYouMean(name, names);
  return {
    reason: 'unknown-option',
    headline: `lethe ${card.name} has no option ${name}`,
    ...(near === undefined ? {} : { values: { 'did you mean': near } }),
    help: `Options: ${names.join(', ')}. See lethe ${card.name} --help.`,
  };
}

function wrongUse(card: CommandCard, headline: string): Failure {
  return { reason: 'wrong-use', headline, values: { usage: usage(card) }, help: `See lethe ${card.name} --help.` };
}

/** A whole number of at least `least`, or a failure. */
export function wholeNumber(name: string, text: string, least: number): Result<number> {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least) return { ok: true, value };
  const failure: Failure = {
    reason: 'wrong-use',
    headline: `--${name} must be a whole number of at least ${least}`,
    values: { given: text },
  };
  return { ok: false, failures: [failure] };
}
