// Reads the package index that the user configured for pip, from the environment and pip's files, without Python.
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export interface PipSettings {
  /** Base address of the simple index. */
  readonly index: string;
  /** Extra certificate authorities (a PEM file), if configured. */
  readonly certificates?: string;
}

const publicIndex = 'https://pypi.org/simple/';

/**
 * Reads the settings. The environment takes precedence over the user's file, and the user's file over the machine's
 * file.
 */
export function readPipSettings(env: NodeJS.ProcessEnv = process.env): PipSettings {
  const values = Object.assign({}, ...settingFiles(env).map(readSettings)) as Record<string, string>;
  const index = env['PIP_INDEX_URL'] ?? values['index-url'] ?? publicIndex;
  const certificates = env['PIP_CERT'] ?? values['cert'];
  return { index, ...(certificates ? { certificates } : {}) };
}

/** Returns the paths of pip's setting files, in order of increasing precedence. */
function settingFiles(env: NodeJS.ProcessEnv): string[] {
  const chosen = env['PIP_CONFIG_FILE'];
  if (chosen === '/dev/null') return []; // pip's way to disable setting files
  const home = env['HOME'] ?? homedir();
  const system = (env['XDG_CONFIG_DIRS'] ?? '/etc/xdg')
    .split(':')
    .map((folder) => path.join(folder, 'pip', 'pip.conf'));
  const user = path.join(env['XDG_CONFIG_HOME'] ?? path.join(home, '.config'), 'pip', 'pip.conf');
  const site = env['VIRTUAL_ENV'] ? [path.join(env['VIRTUAL_ENV'], 'pip.conf')] : [];
  return [...system, '/etc/pip.conf', path.join(home, '.pip', 'pip.conf'), user, ...site, ...(chosen ? [chosen] : [])];
}

/**
 * Reads a file of `[section]` and `key = value` lines. Returns the settings of the sections `global`, `install` and
 * `download`, or an empty object if the file cannot be read.
 */
function readSettings(file: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {}; // most of these files do not exist
  }
  const sections: Record<string, Record<string, string>> = {};
  let section = '';
  for (const line of text.split(/\r?\n/)) {
    const header = /^\[(.+)\]\s*$/.exec(line)?.[1];
    if (header !== undefined) section = header.trim();
    const [, key, value] = /^([\w-]+)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) (sections[section] ??= {})[key.replaceAll('_', '-')] = value;
  }
  return { ...sections['global'], ...sections['install'], ...sections['download'] };
}
