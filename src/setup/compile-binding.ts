// Compiles tfjs-node's C++ binding against the unpacked TensorFlow library. The result is written to the path at which
// tfjs-node looks for it.
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { findProgram, lastLines, runProgram } from './run-program.ts';
import { teachLists } from './teach-lists.ts';

/**
 * Returns the path of the C++ compiler.
 * @throws FailureError `no-compiler`, with advice on how to install one
 */
export function findCompiler(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['CXX'];
  const lookedFor = chosen ? [chosen] : ['g++', 'clang++', 'c++'];
  const compiler = findProgram(lookedFor, env);
  if (compiler !== undefined) return compiler;
  return fail(failure('no-compiler', { lookedFor, path: env['PATH'] ?? '', chosen: Boolean(chosen) }));
}

/**
 * Compiles the binding.
 * @param folder the tfjs-node package, whose `deps/lib` and `deps/include` are filled
 * @param headers folder of `node_api.h`
 * @throws FailureError `compile-failed` with the compiler's last lines
 */
export async function compileBinding(
  folder: string,
  headers: string,
  compiler: string,
  signal?: AbortSignal,
): Promise<void> {
  await teachLists(path.join(folder, 'binding', 'tfjs_backend.cc'));
  const sources = (await readdir(path.join(folder, 'binding'))).filter((name) => name.endsWith('.cc'));
  const target = path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  await mkdir(path.dirname(target), { recursive: true });
  const args = [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8'],
    ...[`-I${headers}`, `-I${path.join(folder, 'deps', 'include')}`],
    ...sources.map((name) => path.join(folder, 'binding', name)),
    ...['-o', target, `-L${path.join(folder, 'deps', 'lib')}`],
    ...['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', '-Wl,-rpath,$ORIGIN/../../deps/lib'],
  ];
  const end = await runProgram(compiler, args, signal ? { signal } : {});
  if (end.code === 0) return;
  const said = lastLines(end.err, 8) || `ended by ${end.killedBy ?? `exit code ${String(end.code)}`}`;
  fail(failure('compile-failed', { compiler, said, wasKilled: end.killedBy !== null || /Killed/.test(end.err) }));
}
