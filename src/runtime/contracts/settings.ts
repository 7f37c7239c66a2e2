// Settings of Lethe: every environment variable LETHE_* with its command-line option. The command line, its help,
// `lethe doctor`, docs/settings.md, `runPipeline` and all code that uses a setting read these cards.
import { resolve } from 'node:path';
import { BACKEND_NAMES } from './backend-names.ts';
import { parseByteSize } from './byte-size.ts';
import { failure } from './failure.ts';
import type { Result } from './failure.ts';

/** One setting. The command-line option takes precedence over the variable. An empty variable counts as not set. */
export interface Setting<T = unknown> {
  readonly name: string;
  readonly variable: `LETHE_${string}`;
  /** Name of the command-line option without dashes; absent if there is none. */
  readonly option?: string;
  /** Placeholder of the value in help texts, e.g. `DIR`. */
  readonly value: string;
  /** One sentence without a full stop, so that help texts can append the default. */
  readonly doc: string;
  /** Behaviour if neither the option nor the variable is given. */
  readonly fallback: string;
  /** All possible values, if they can be listed. */
  readonly choices?: readonly string[];
  /** Reads a value from text. `by` is the source that a failure names, e.g. `--memory`; default: the variable. */
  read(text: string, by?: string): Result<T>;
}

/**
 * Values of `--backend` and LETHE_BACKEND. `auto` chooses the first backend that works, see compute/find-backends.ts.
 */
const BACKEND_CHOICES: readonly string[] = ['auto', ...BACKEND_NAMES];

const CACHE: Setting<string> = {
  name: 'cache',
  variable: 'LETHE_CACHE',
  option: 'cache',
  value: 'DIR',
  doc: 'the folder in which results are cached',
  fallback: 'cache/ beside the nearest package.json, or else beside the pipeline',
  read: (text, by = 'LETHE_CACHE') => readFolder(text, by),
};

const MEMORY: Setting<number> = {
  name: 'memory',
  variable: 'LETHE_MEMORY',
  option: 'memory',
  value: 'SIZE',
  doc: 'the most memory that all worker processes together may take: 4GiB, 500MB',
  fallback: 'no bound',
  read(text, by = 'LETHE_MEMORY') {
    const bytes = parseByteSize(text);
    if (bytes !== undefined) return { ok: true, value: bytes };
    const help = 'Units are B, KiB, MiB, GiB, TiB, KB, MB, GB, TB, and K, M, G, T for KiB to TiB: 4GiB, 500MB or 2G.';
    return bad({ by, given: text, wanted: 'an amount with a unit, for example 4GiB', help });
  },
};

const BACKEND: Setting<string> = {
  name: 'backend',
  variable: 'LETHE_BACKEND',
  option: 'backend',
  value: 'NAME',
  doc: 'the library that computes with tensors',
  fallback: 'auto',
  choices: BACKEND_CHOICES,
  read(text, by = 'LETHE_BACKEND') {
    if (BACKEND_CHOICES.includes(text)) return { ok: true, value: text };
    return bad({ by, given: text, wanted: `one of ${BACKEND_CHOICES.join(', ')}`, choices: BACKEND_CHOICES });
  },
};

const HOME: Setting<string> = {
  name: 'home',
  variable: 'LETHE_HOME',
  value: 'DIR',
  doc: 'the folder of the user into which `lethe setup` installs backends',
  fallback: '~/.cache/lethe',
  read: (text, by = 'LETHE_HOME') => readFolder(text, by),
};

const TENSORFLOW: Setting<string> = {
  name: 'tensorflow',
  variable: 'LETHE_TENSORFLOW',
  value: 'DIR',
  doc: 'the tfjs-node package to use for the backend tensorflow; no other package is tried',
  fallback: 'a package installed beside Lethe or in the current folder, or what `lethe setup` built',
  read: (text, by = 'LETHE_TENSORFLOW') => readFolder(text, by),
};

const WEBGPU: Setting<string> = {
  name: 'webgpu',
  variable: 'LETHE_WEBGPU',
  value: 'DIR',
  doc: 'the folder whose node_modules holds the packages of the backend webgpu; no other folder is searched',
  fallback: 'beside Lethe, in the current folder, or where `lethe setup --webgpu` installed them',
  read: (text, by = 'LETHE_WEBGPU') => readFolder(text, by),
};

const PROFILE: Setting<string> = {
  name: 'profile',
  variable: 'LETHE_PROFILE',
  value: 'DIR',
  doc: 'the folder into which every process writes the time of its tensor operations, as kernels-PID.json',
  fallback: 'no times are taken',
  read: (text, by = 'LETHE_PROFILE') => readFolder(text, by),
};

const DEBUG: Setting<boolean> = {
  name: 'debug',
  variable: 'LETHE_DEBUG',
  value: '1',
  doc: 'whether the stack of an error inside Lethe is printed: 1 or 0',
  fallback: '0',
  choices: ['0', '1'],
  read(text, by = 'LETHE_DEBUG') {
    if (text === '1' || text === '0') return { ok: true, value: text === '1' };
    return bad({ by, given: text, wanted: '1 or 0' });
  },
};

/** Every setting, by name. */
export const SETTINGS = {
  cache: CACHE,
  memory: MEMORY,
  backend: BACKEND,
  home: HOME,
  tensorflow: TENSORFLOW,
  webgpu: WEBGPU,
  profile: PROFILE,
  debug: DEBUG,
} as const;

/** All settings in the order of SETTINGS. */
export const SETTING_LIST: readonly Setting[] = Object.values(SETTINGS);

function readFolder(text: string, by: string): Result<string> {
  return text === '' ? bad({ by, given: text, wanted: 'the path of a folder' }) : { ok: true, value: resolve(text) };
}

function bad(data: Parameters<typeof failure<'bad-setting'>>[1]): Result<never> {
  return { ok: false, failures: [failure('bad-setting', data)] };
}

/** Text of a setting's variable; undefined if the variable is not set or empty. */
export function variableText({ variable }: Setting): string | undefined {
  return process.env[variable] || undefined;
}

/**
 * Reads a setting: from the text of its option if given, else from its variable.
 * @param given text of the option, as on the command line
 * @returns undefined as value if neither is given; a failure `bad-setting` that names the source of a bad value
 */
export function readSetting<T>(setting: Setting<T>, given?: string): Result<T | undefined> {
  if (given !== undefined) return setting.read(given, `--${setting.option ?? setting.name}`);
  const text = variableText(setting);
  return text === undefined ? { ok: true, value: undefined } : setting.read(text);
}

/** Texts of all settings that are given in the environment, by variable. */
export function settingsGiven(): Readonly<Record<string, string>> {
  const given = SETTING_LIST.flatMap((setting): [string, string][] => {
    const text = variableText(setting);
    return text === undefined ? [] : [[setting.variable, text]];
  });
  return Object.fromEntries(given);
}
