// Tries a tfjs-node package in a separate process, so that a crash or an illegal instruction ends only that process.
import { createRequire } from 'node:module';
import { bindingFile } from '../compute/load-tensorflow.ts';
import { lastLines, runProgram } from './run-program.ts';

export type Trial =
  | { readonly works: true; readonly version: string; readonly gpu: boolean }
  | { readonly works: false; readonly because: string };

// Program for `node -e`. It loads the package in the same way as src/compute/load-tensorflow.ts, and then computes a
// convolution. It imports no file of Lethe, because Lethe's files are TypeScript in a checkout but JavaScript in an
// installed package.
const program = `
const Module = require('node:module');
const [core, folder, file] = process.argv.slice(1);
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  return request.startsWith('@tensorflow/tfjs') ? core : resolve.call(this, request, ...rest);
};
const load = Module.createRequire(folder + '/package.json');
const tf = require(core);
const binding = load(file);
load('./dist/register_all_kernels.js');
const { NodeJSKernelBackend } = load('./dist/nodejs_kernel_backend.js');
tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node'));
if (!tf.setBackend('tensorflow')) throw new Error('the backend does not start');
const sums = tf.conv2d(tf.ones([1, 4, 4, 1]), tf.ones([3, 3, 1, 1]), 1, 'same').dataSync();
if (sums.join() !== '4,6,6,4,6,9,9,6,6,9,9,6,4,6,6,4') throw new Error('a convolution came out wrong: ' + sums.join());
console.log(JSON.stringify({ version: binding.TF_Version, gpu: tf.backend().isUsingGpuDevice }));
`;

/** Loads the package in `folder` and computes one convolution, in a separate process. Takes about half a second. */
export async function tryBinding(folder: string, signal?: AbortSignal): Promise<Trial> {
  const file = bindingFile(folder);
  if (file === undefined) return { works: false, because: 'it has no compiled binding' };
  const core = createRequire(import.meta.url).resolve('@tensorflow/tfjs-core');
  const env = { TF_CPP_MIN_LOG_LEVEL: '3', NODE_OPTIONS: '' };
  const end = await runProgram(process.execPath, ['-e', program, core, folder, file], {
    env,
    ...(signal ? { signal } : {}),
  });
  if (end.code === 0)
    return { works: true, ...(JSON.parse(lastLines(end.out, 1)) as { version: string; gpu: boolean }) };
  if (end.killedBy === 'SIGILL')
    return { works: false, because: 'this processor lacks instructions that TensorFlow uses (AVX)' };
  const error = end.err.split('\n').find((line) => /^\w*Error: /.test(line)) ?? lastLines(end.err, 3);
  return { works: false, because: error || `ended by ${end.killedBy ?? `exit code ${String(end.code)}`}` };
}
