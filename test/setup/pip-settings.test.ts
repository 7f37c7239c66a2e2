import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { proxyFor } from '../../src/setup/http-get.ts';
import { readPipSettings } from '../../src/setup/pip-settings.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'lethe-pip-'));
  await mkdir(path.join(home, '.config', 'pip'), { recursive: true });
});
afterEach(() => rm(home, { recursive: true }));

const userFile = () => path.join(home, '.config', 'pip', 'pip.conf');

test('the environment wins over the file, and the file over the public index', async () => {
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

test('proxies of the environment, and what goes without', () => {
  const https = new URL('https://files.example.org/a');
  const env = { HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'localhost,.example.com' };
  expect(proxyFor(https, {})).toBeUndefined();
  expect(proxyFor(https, env)?.href).toBe('http://proxy:3128/');
  expect(proxyFor(new URL('http://files.example.org/a'), env)).toBeUndefined();
  expect(proxyFor(new URL('https://a.example.com/'), env)).toBeUndefined();
  expect(proxyFor(new URL('https://example.com/'), env)).toBeUndefined();
  expect(proxyFor(new URL('https://badexample.com/'), env)).toBeDefined();
  expect(proxyFor(https, { https_proxy: 'proxy:8080', NO_PROXY: '*' })).toBeUndefined();
  expect(proxyFor(https, { https_proxy: 'proxy:8080' })?.href).toBe('http://proxy:8080/');
});
