// `lethe doctor` measures one backend after another; each is printed as soon as it is measured.
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { noWebgpu, webgpuVariables } from '../compute/webgpu-here.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

it('prints every backend as soon as it is measured', async () => {
  const cache = join(tmpdir(), `lethe-doctor-${process.pid}`);
  const child = spawn(process.execPath, [CLI, 'doctor', '--cache', cache], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...webgpuVariables, LETHE_MEMORY: '4' },
  });
  const chunks: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect(code).toBe(0);
  const at = (text: string): number => chunks.findIndex((chunk) => chunk.includes(text));
  expect(at('machine:')).toBe(0);
  expect(at('  wasm ')).toBeGreaterThan(0);
  expect(at('  cpu ')).toBeGreaterThan(at('  wasm '));
  expect(chunks[at('  cpu ')]).toMatch(/[\d.]+ GFLOP\/s, ResNet-20 [\d.]+ images\/s forward, [\d.]+ with VJP/);
  const all = chunks.join('');
  expect(all).toMatch(/auto chooses (\w+) \(first working backend of (\w+, )*\1(, \w+)*; .*\nsettings:\n/);
  expect(all).toMatch(/^ {2}LETHE_MEMORY=4 {2}WRONG: LETHE_MEMORY needs an amount with a unit.*\n(.*\n)*cache: /m);
  if (noWebgpu === undefined) expect(all).toMatch(/ {2}webgpu +4\.22\.0 on \S.*: [\d.]+ GFLOP/);
  // a software renderer is marked as such, and auto does not choose it
  if (/webgpu.*swiftshader/i.test(all)) {
    expect(all).toMatch(/webgpu.* \(software renderer\): /);
    expect(all).not.toContain('auto chooses webgpu');
  }
});
