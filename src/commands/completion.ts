// `lethe completion SHELL`: completion scripts, generated from the command cards and the node types.
import { failure } from '../runtime/contracts/failure.ts';
import type { Arguments } from './arguments.ts';
import { COMMANDS } from './catalog.ts';
import type { CommandCard, OptionCard } from './catalog.ts';
import type { Screen } from './screen.ts';

export async function completion(args: Arguments, screen: Screen): Promise<number> {
  const shell = args.positionals[0] ?? '';
  const { registry } = await import('../registry.ts');
  const scripts: Readonly<Record<string, (types: readonly string[]) => string>> = { bash, zsh, fish };
  const script = scripts[shell];
  if (script === undefined) {
    const choices = Object.keys(scripts);
    return screen.fail([failure('unknown-choice', { what: 'completion script for', given: shell, choices })], 2);
  }
  screen.print(script(registry.types));
  return 0;
}

const longOptions = (card: CommandCard): string =>
  [...card.options.map((option) => `--${option.name}`), '--help'].join(' ');

function words(card: CommandCard, types: readonly string[]): string {
  const complete = card.arguments[0]?.complete;
  if (complete === 'node') return types.join(' ');
  return Array.isArray(complete) ? complete.join(' ') : '';
}

/** Options of a command that have a fixed list of values, with their values. */
const withChoices = (card: CommandCard): readonly (readonly [string, readonly string[]])[] =>
  card.options.flatMap(({ name, choices }) => (choices === undefined ? [] : [[name, choices] as const]));

function bash(types: readonly string[]): string {
  const values = COMMANDS.flatMap((card) =>
    withChoices(card).map(
      ([name, choices]) =>
        `    "${card.name} --${name}") COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$current")); return ;;`,
    ),
  );
  const cases = COMMANDS.map(
    (card) => `    ${card.name}) options="${longOptions(card)}"; words="${words(card, types)}" ;;`,
  );
  return `# bash completion of lethe
_lethe() {
  local current="\${COMP_WORDS[COMP_CWORD]}" options="" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${COMMANDS.map((card) => card.name).join(' ')} --help --version" -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]} \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join('\n')}
  esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current")) ;;
  esac
}
complete -o filenames -F _lethe lethe
`;
}

function zsh(types: readonly string[]): string {
  const described = COMMANDS.map((card) => `    '${card.name}:${quote(card.doc)}'`);
  const cases = COMMANDS.map((card) => {
    const options = card.options.map(
      (option) => `'--${option.name}[${quote(option.doc).replaceAll(/[[\]]/g, '')}]${zshValue(option)}'`,
    );
    const list = words(card, types);
    const rest = list === '' ? `'*:file:_files'` : `'*:word:(${list})'`;
    return `    ${card.name}) _arguments ${[...options, rest].join(' ')} ;;`;
  });
  return `#compdef lethe
# zsh completion of lethe
_lethe() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command="\${words[2]}"
  shift words; (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
if [ "\${funcstack[1]}" = "_lethe" ]; then _lethe "$@"; else compdef _lethe lethe; fi
`;
}

/** Completion of an option's value in zsh: its choices, or else files. Empty for a switch. */
function zshValue({ value, choices }: OptionCard): string {
  if (value === undefined) return '';
  return choices === undefined ? ':value:_files' : `:value:(${choices.join(' ')})`;
}

function fish(types: readonly string[]): string {
  const lines = COMMANDS.flatMap((card) => {
    const seen = `__fish_seen_subcommand_from ${card.name}`;
    const list = words(card, types);
    return [
      `complete -c lethe -n __fish_use_subcommand -f -a ${card.name} -d '${quote(card.doc)}'`,
      ...card.options.map((option) => {
        const choices = option.choices === undefined ? '' : ` -f -a '${option.choices.join(' ')}'`;
        const value = option.value === undefined ? '' : ` -r${choices}`;
        const short = option.short === undefined ? '' : ` -s ${option.short}`;
        return `complete -c lethe -n '${seen}' -l ${option.name}${short}${value} -d '${quote(option.doc)}'`;
      }),
      ...(list === '' ? [] : [`complete -c lethe -n '${seen}' -f -a '${list}'`]),
    ];
  });
  return `# fish completion of lethe\n${lines.join('\n')}\n`;
}

const quote = (text: string): string => text.replaceAll("'", '’').replaceAll('`', '');
