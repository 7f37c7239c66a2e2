// The webgpu backend under faults: each case in a separate process, which must also exit normally.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noWebgpu, webgpuVariables } from './webgpu-here.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Program that loads a backend; `work` can use it and two convolutions. */
const PROGRAM = `
import { loadBackend } from ${JSON.stringify(path.join(root, 'src/compute/backend.ts'))};
const [name, work] = process.argv.slice(2);
try {
  const { tf, kernels } = await loadBackend(name);
  const filter = tf.ones([3, 3, 4, 4]);
  const same = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 };
  const convolve = () => kernels.convolution(filter, same).forward(tf.ones([2, 8, 8, 4]));
  await new Function('tf', 'convolve', 'return (async () => {' + work + '})()')(tf, convolve);
} catch (error) {
  console.log(JSON.stringify({ reason: error.failure?.reason, message: error.message, values: error.failure?.values }));
}
`;

interface End {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly said: { readonly reason?: string; readonly message: string; readonly values?: { readonly because: string } };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(root, 'node_modules', '.cache', 'lethe-webgpu-test-'));
  await writeFile(path.join(folder, 'program.ts'), PROGRAM);
  await build({
    entryPoints: [path.join(folder, 'program.ts')],
    outfile: path.join(folder, 'program.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
});
afterAll(() => rm(folder, { recursive: true }));

function runProgram(work: string, env: Readonly<Record<string, string>> = {}, name = 'webgpu'): Promise<End> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [path.join(folder, 'program.mjs'), name, work],
      { env: { ...process.env, ...webgpuVariables, ...env }, timeout: 60_000 },
      (_, out) => {
        const last = out.trim().split('\n').at(-1) ?? '';
        const said = (last.startsWith('{') ? JSON.parse(last) : { message: '' }) as End['said'];
        resolve({ code: child.exitCode, signal: child.signalCode, out, said });
      },
    );
  });
}

const READ = 'const y = convolve(); console.log((await y.data())[0]);';

test('explains how to install it if it is missing', async () => {
  const { code, said } = await runProgram(READ, { LETHE_WEBGPU: tmpdir() });
  expect(code).toBe(0);
  expect(said).toMatchObject({ reason: 'no-backend', message: expect.stringContaining('`lethe setup --webgpu`') });
});

describe.skipIf(noWebgpu !== undefined)(`with Dawn${noWebgpu === undefined ? '' : `: skipped, ${noWebgpu}`}`, () => {
  test('computes, and the process ends by itself', async () => {
    expect(await runProgram(READ)).toMatchObject({ code: 0, signal: null, out: '16\n' });
  });

  test('without a driver it says what is missing', async () => {
    const nothing = path.join(folder, 'nothing.json');
    const { code, said } = await runProgram(READ, { VK_ICD_FILENAMES: nothing, VK_DRIVER_FILES: nothing });
    expect(code).toBe(0);
    expect(said.reason).toBe('no-backend');
    expect(said.message).toMatch(/no GPU was found: .*nothing\.json/);
  });

  test('a lost GPU immediately fails all pending reads and all later ones', async () => {
    const work = `
      await convolve().data();
      const late = convolve().data();
      tf.backend().device.destroy();
      const first = await late.catch((error) => error);
      const second = await convolve().data().catch((error) => error);
      if (first !== second) throw new Error('another reason: ' + second.message);
      throw first;`;
    const { code, said } = await runProgram(work);
    expect(code).toBe(0);
    expect(said).toMatchObject({ reason: 'gpu-lost', message: 'the GPU was lost while it was in use' });
    expect(said.values?.because).toMatch(/destroyed/);
  });

  test('out of memory is an error, not a result of zeros', async () => {
    const work = `
      const most = tf.backend().device.limits.maxBufferSize / 4;
      const pieces = Math.ceil(most / 2 ** 20) + 1;
      console.log((await tf.tile(tf.ones([2 ** 20]), [pieces]).data())[0]);`;
    const { code, said } = await runProgram(work);
    expect(code).toBe(0);
    expect(said.reason).toBe('gpu-memory');
  });

  test('refuses synchronous reads', async () => {
    const { said } = await runProgram('convolve().dataSync();');
    expect(said.message).toContain('await tensor.data()');
  });

  test.each([
    [
      'that ends while results are awaited',
      'for (let i = 0; i < 9; i++) convolve(); void convolve().data(); process.exit(3);',
      3,
    ],
    ['with work that nobody asks the result of', 'for (let i = 0; i < 9; i++) convolve();', 0],
  ])('a process %s ends cleanly', async (_, work, code) => {
    expect(await runProgram(work)).toMatchObject({ code, signal: null });
  });

  test('auto does not choose a software renderer', async () => {
    const { out } = await runProgram('console.log(tf.getBackend());', {}, 'auto');
    const { out: adapter } = await runProgram(
      'console.log(/swiftshader|llvmpipe/i.test(JSON.stringify(tf.backend().adapterInfo)));',
    );
    if (adapter.trim() === 'true') expect(out.trim()).not.toBe('webgpu');
    else expect(['webgpu', 'tensorflow']).toContain(out.trim());
  });
});
