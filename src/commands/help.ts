// Help texts, generated from the cards of commands and settings. No colours and no further imports, so that help
// appears immediately.
import { SETTING_LIST } from '../runtime/contracts/settings.ts';
import { COMMANDS, EXIT_CODES } from './catalog.ts';
import type { CommandCard, OptionCard } from './catalog.ts';

const pad = (text: string, width: number): string => text.padEnd(width);

export function renderHelp(version: string): string {
  const width = Math.max(...COMMANDS.map((card) => card.name.length)) + 2;
  const variableWidth = Math.max(...SETTING_LIST.map(({ variable }) => variable.length)) + 2;
  return [
    `lethe ${version}: measures which input information a neural network discards, layer by layer`,
    '',
    'Usage: lethe COMMAND [ARGUMENTS] [OPTIONS]',
    '',
    'Commands:',
    ...COMMANDS.map((card) => `  ${pad(card.name, width)}${card.doc}`),
    '',
    'Examples:',
    '  lethe init my-study && cd my-study && lethe run pipeline.yaml',
    '  lethe run pipelines/quickstart.yaml',
    '',
    'Environment:',
    ...SETTING_LIST.map(({ variable, doc }) => `  ${pad(variable, variableWidth)}${doc}`),
    '',
    `Exit codes: ${EXIT_CODES}.`,
    'More: lethe COMMAND --help, lethe nodes TYPE, lethe --version',
    '',
  ].join('\n');
}

export function usage(card: CommandCard): string {
  const words = card.arguments.map((argument) => {
    const word = argument.repeat === true ? `${argument.name}...` : argument.name;
    return argument.optional === true ? `[${word}]` : word;
  });
  return ['lethe', card.name, ...words, ...(card.options.length > 0 ? ['[OPTIONS]'] : [])].join(' ');
}

export function renderCommandHelp(card: CommandCard): string {
  const options = [...card.options, { name: 'help', short: 'h', doc: 'this text' } satisfies OptionCard];
  const names = options.map(optionLabel);
  const rows: [string, string][] = [
    ...card.arguments.map((argument): [string, string] => [argument.name, argument.doc]),
    ...options.map((option, index): [string, string] => [names[index] ?? '', option.doc]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const line = ([name, doc]: [string, string]): string => `  ${pad(name, width)}${doc}`;
  const split = card.arguments.length;
  const examples = Math.max(...card.examples.map(([command]) => command.length)) + 2;
  return [
    card.doc,
    '',
    `Usage: ${usage(card)}`,
    '',
    ...(split > 0 ? ['Arguments:', ...rows.slice(0, split).map(line), ''] : []),
    'Options:',
    ...rows.slice(split).map(line),
    '',
    'Examples:',
    ...card.examples.map(([command, doc]) => `  ${pad(command, examples)}${doc}`),
    '',
  ].join('\n');
}

function optionLabel(option: OptionCard): string {
  const long = option.value === undefined ? `--${option.name}` : `--${option.name} ${option.value}`;
  return option.short === undefined ? `    ${long}` : `-${option.short}, ${long}`;
}
