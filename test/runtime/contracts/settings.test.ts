// Settings are read from options and variables, and in one place only.
import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BACKEND_NAMES } from '../../../src/runtime/contracts/backend-names.ts';
import {
  SETTINGS,
  SETTING_LIST,
  readSetting,
  settingsGiven,
  variableText,
} from '../../../src/runtime/contracts/settings.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const value = (read: ReturnType<typeof readSetting>): unknown => (read.ok ? read.value : read.failures[0]?.headline);

describe('readSetting', () => {
  it('takes the option before the variable, and an empty variable for none', () => {
    vi.stubEnv('LETHE_MEMORY', '');
    expect(value(readSetting(SETTINGS.memory))).toBeUndefined();
    vi.stubEnv('LETHE_MEMORY', '2GiB');
    expect(value(readSetting(SETTINGS.memory))).toBe(2 ** 31);
    expect(value(readSetting(SETTINGS.memory, '1GB'))).toBe(1e9);
  });

  it.each([
    [SETTINGS.memory, '4', 'an amount with a unit, for example 4GiB'],
    [SETTINGS.backend, 'abacus', `one of auto, ${BACKEND_NAMES.join(', ')}`],
    [SETTINGS.debug, 'yes', '1 or 0'],
  ])('names the source of a bad value, and what is wanted: $variable', (setting, bad, wanted) => {
    vi.stubEnv(setting.variable, bad);
    const fromVariable = readSetting<unknown>(setting);
    expect(fromVariable).toMatchObject({ ok: false, failures: [{ reason: 'bad-setting' }] });
    expect(value(fromVariable)).toBe(`${setting.variable} needs ${wanted} (given: ${bad})`);
    expect(value(readSetting<unknown>(setting, bad))).toBe(
      `--${setting.option ?? setting.name} needs ${wanted} (given: ${bad})`,
    );
  });

  it('reads folders as absolute paths, and no empty one', () => {
    vi.stubEnv('LETHE_HOME', 'here');
    expect(value(readSetting(SETTINGS.home))).toBe(resolve('here'));
    expect(value(readSetting(SETTINGS.cache, ''))).toBe('--cache needs the path of a folder (given: "")');
  });
});

it('lists what the environment gives', () => {
  for (const setting of SETTING_LIST) vi.stubEnv(setting.variable, '');
  expect(settingsGiven()).toEqual({});
  vi.stubEnv('LETHE_DEBUG', '1');
  expect(settingsGiven()).toEqual({ LETHE_DEBUG: '1' });
  expect(variableText(SETTINGS.debug)).toBe('1');
});

it('is the only reader of LETHE_* in src, and knows every such name there', () => {
  const root = fileURLToPath(new URL('../../../src/', import.meta.url));
  const files = readdirSync(root, { recursive: true }).map(String);
  const sources = files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file, readFileSync(join(root, file), 'utf8')]);
  const readers = sources
    .filter(([, text = '']) => /env(\.|\[['"`]|\s*\?\.\[['"`])LETHE_/.test(text))
    .map(([file]) => file);
  expect(readers).toEqual([]);
  const variables = new Set<string>(SETTING_LIST.map((setting) => setting.variable));
  const unknown = sources.flatMap(([file, text = '']) =>
    [...text.matchAll(/\bLETHE_[A-Z]\w*/g)]
      .filter(([name]) => !variables.has(name))
      .map(([name]) => `${file}: ${name}`),
  );
  expect(unknown).toEqual([]);
});
