// Failures of the command line and of the settings.
import { nearest } from '../did-you-mean.ts';
import type { Words } from '../words.ts';

export const commandsFailures = {
  /** An unexpected error, caused by Lethe itself. `isTraced` says that its stack is printed too. */
  'bug-in-lethe': ({ message, isTraced }: { readonly message: string; readonly isTraced: boolean }): Words => ({
    headline: `this is a bug in Lethe, not in your pipeline: ${message}`,
    help: isTraced ? 'Please report it.' : 'Set LETHE_DEBUG=1 to see where it is, and please report it.',
  }),
  /** The process ends with `code`, although its command has not ended. */
  'ended-early': ({ code }: { readonly code: number }): Words => ({
    headline: 'lethe was ended before its work was done',
    values: { 'exit code': code },
    help: 'A node file may have called process.exit(), or awaits something that never comes. Steps and items that were finished are cached.',
  }),
  /** A setting has a value that cannot be read. `by` is its option or its environment variable. */
  'bad-setting': ({ by, given, wanted, choices = [], help }: BadSetting): Words => ({
    headline: `${by} needs ${wanted} (given: ${quoted(given)})`,
    values: nearest(given, choices),
    ...(help === undefined ? {} : { help }),
  }),
  /** A word that is not among the allowed choices. `what` says what the word should name, e.g. "format". */
  'unknown-choice': ({ what, given, choices, by }: UnknownChoice): Words => ({
    headline: `there is no ${what} ${quoted(given)}`,
    values: { ...(by === undefined ? {} : { 'given by': by }), ...nearest(given, choices) },
    help: `Choose one of: ${choices.join(', ')}.`,
  }),
  /** An option that the command does not have. */
  'unknown-option': ({ command, option, options }: UnknownOption): Words => ({
    headline: `lethe ${command} has no option ${option}`,
    values: nearest(option, options),
    help: `Options: ${options.join(', ')}. See lethe ${command} --help.`,
  }),
  /** A switch is given a value: `--json=1`. */
  'option-takes-no-value': ({ option, ...line }: OptionUse): Words => ({
    headline: `${option} takes no value`,
    ...usageOf(line),
  }),
  /** An option lacks its value. */
  'option-needs-value': ({ option, value, ...line }: OptionUse & { readonly value: string }): Words => ({
    headline: `${option} needs a value: ${value}`,
    ...usageOf(line),
  }),
  /** An option that may be given only once is given twice. */
  'option-given-twice': ({ option, ...line }: OptionUse): Words => ({
    headline: `${option} is given twice`,
    ...usageOf(line),
  }),
  /** An argument of the command is missing. */
  'missing-argument': ({ argument, doc, ...line }: MissingArgument): Words => ({
    headline: `${argument} is missing: ${doc}`,
    ...usageOf(line),
  }),
  /** There are more arguments than the command takes. */
  'too-many-arguments': ({ surplus, ...line }: CommandLine & { readonly surplus: string }): Words => ({
    headline: `too many arguments: ${surplus}`,
    ...usageOf(line),
  }),
  /** An option needs a whole number. */
  'not-a-whole-number': ({ option, given, least }: NotAWholeNumber): Words => ({
    headline: `${option} must be a whole number of at least ${least}`,
    values: { given },
  }),
  /** `-p` without NAME=VALUE. */
  'bad-param-option': ({ given }: { readonly given: string }): Words => ({
    headline: '-p needs NAME=VALUE',
    values: { given },
  }),
  /** `lethe cache` on a folder without a cache. */
  'no-cache': ({ folder }: { readonly folder: string }): Words => ({
    headline: 'there is no cache in this folder yet',
    values: { cache: folder },
    help: 'Name another folder with --cache or LETHE_CACHE; `lethe run` creates the cache.',
  }),
  /** `lethe init` cannot make its folder. */
  'folder-unusable': ({ folder, why }: { readonly folder: string; readonly why: string }): Words => ({
    headline: 'the project folder cannot be created',
    values: { folder, why },
    help: 'Choose another folder: lethe init DIR.',
  }),
  /** `lethe init` would overwrite files. */
  'files-exist': ({ folder, files }: { readonly folder: string; readonly files: readonly string[] }): Words => ({
    headline: `${folder} has files that lethe init would overwrite`,
    values: { files: files.join(', ') },
    help: 'Choose another folder: lethe init DIR.',
  }),
  /**
   * The folder of `--out` cannot be created or written to. `code` is the code of the system's error, `why` its message.
   */
  'out-unusable': ({ folder, why, code }: OutUnusable): Words => ({
    headline: 'the outputs cannot be written to the folder of --out',
    values: { folder, why },
    help: `${OUT_HELP[code] ?? 'Name another folder with --out.'} The computed results are in the cache.`,
  }),
  /** `lethe setup` is given the options of two backends: `--gpu --webgpu`. */
  'two-setups': ({ options }: { readonly options: readonly string[] }): Words => ({
    headline: `lethe setup installs one backend at a time: ${options.join(' or ')}`,
    help: '--gpu installs TensorFlow for NVIDIA GPUs; --webgpu uses any GPU through its graphics driver. For both, run `lethe setup` twice.',
  }),
} as const;

/** Advice for a folder that cannot be used, by the code of the system's error. */
const OUT_HELP: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free some space or name a folder on another disk with --out, then run again.',
  EDQUOT: 'Your quota is used up: free some space or name a folder on another disk with --out, then run again.',
  EACCES: 'You may not write there: name another folder with --out.',
  EPERM: 'You may not write there: name another folder with --out.',
  EROFS: 'This file system is read-only: name another folder with --out.',
  EEXIST: 'A file is in the way: move it, or name another folder with --out.',
  ENOTDIR: 'A file is in the way: move it, or name another folder with --out.',
  ERR_FS_EISDIR: 'A folder of that name is in the way: move it, or name another folder with --out.',
  ENOENT: 'The folder cannot be created there: name another folder with --out.',
  ENAMETOOLONG: 'The name is too long: name another folder with --out.',
};

const quoted = (text: string): string => (text === '' ? '""' : text);

function usageOf({ command, usage }: CommandLine): Pick<Words, 'values' | 'help'> {
  return { values: { usage }, help: `See lethe ${command} --help.` };
}

/** Name of the command, and its usage line. */
export interface CommandLine {
  readonly command: string;
  readonly usage: string;
}

export interface BadSetting {
  readonly by: string;
  readonly given: string;
  /** e.g. "an amount with a unit". */
  readonly wanted: string;
  /** All allowed values, if they can be listed. */
  readonly choices?: readonly string[];
  readonly help?: string;
}

export interface UnknownChoice {
  readonly what: string;
  readonly given: string;
  readonly choices: readonly string[];
  readonly by?: string;
}

export interface UnknownOption {
  readonly command: string;
  readonly option: string;
  readonly options: readonly string[];
}

export interface OptionUse extends CommandLine {
  readonly option: string;
}

export interface MissingArgument extends CommandLine {
  readonly argument: string;
  readonly doc: string;
}

export interface NotAWholeNumber {
  readonly option: string;
  readonly given: string;
  readonly least: number;
}

export interface OutUnusable {
  readonly folder: string;
  readonly why: string;
  readonly code: string;
}
