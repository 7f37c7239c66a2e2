import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readPipSettings } from '../../src/setup/pip-settings.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'lethe-pip-'));
  await mkdir(path.join(home, '.config', 'pip'), { recursive: true });
});
afterEach(() => rm(home, { recursive: true }));

const userFile = () => path.join(home, '.config', 'pip', 'pip.conf');

test('the environment takes precedence over the file, and the file over the public index', async () => {
  expect(readPipSettings({ HOME: home, PIP_CONFIG_FILE: '/dev/null' })).toEqual({ index: 'https://pypi.org/simple/' });
  await writeFile(
    userFile(),
    '# mirror\n[global]\nindex_url: https://a.example/simple\ntimeout = 9\n[other]\nindex-url = https://no.example\n',
  );
  expect(readPipSettings({ HOME: home }).index).toBe('https://a.example/simple');
  await writeFile(
    path.join(home, 'chosen.conf'),
    '[install]\r\nindex-url = https://b.example/\r\ncert = /etc/ca.pem\r\n',
  );
  const chosen = { HOME: home, PIP_CONFIG_FILE: path.join(home, 'chosen.conf') };
  expect(readPipSettings(chosen)).toEqual({ index: 'https://b.example/', certificates: '/etc/ca.pem' });
  expect(readPipSettings({ ...chosen, PIP_INDEX_URL: 'https://c.example/x', PIP_CERT: '/ca2.pem' })).toEqual({
    index: 'https://c.example/x',
    certificates: '/ca2.pem',
  });
});
