// Downloads npm packages with the npm client, which uses the user's registry, proxy and certificates. Scripts of the
// packages are not run.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fail, failure } from '../runtime/contracts/failure.ts';
import type { NpmPackage } from './native-release.ts';
import { findProgram, lastLines, runProgram } from './run-program.ts';
import { unpackTarball } from './unpack-tarball.ts';

/**
 * Downloads each package and unpacks it into its own folder below `folder`. It does not use `npm install`, which would
 * also download 300 MB of dependencies that the backend never loads, and a second copy of tfjs-core.
 * @throws FailureError `no-npm`, `npm-failed`, `bad-checksum` or `bad-archive`
 */
export async function fetchPackages(
  packages: readonly NpmPackage[],
  folder: string,
  signal?: AbortSignal,
): Promise<void> {
  if (packages.length === 0) return; // Without arguments, npm would pack the working folder.
  const [npm, ...before] = npmCommand();
  const tarballs = path.join(folder, 'tarballs');
  await mkdir(tarballs, { recursive: true });
  const specs = packages.map(({ spec }) => spec);
  const args = [...before, 'pack', ...specs, '--ignore-scripts', '--pack-destination', tarballs, '--loglevel', 'error'];
  const end = await runProgram(npm, args, signal ? { signal } : {});
  const missing = packages.filter(({ file }) => !existsSync(path.join(tarballs, file)));
  if (end.code !== 0 || missing.length > 0) {
    const said = lastLines(end.err, 6) || `exit code ${String(end.code)}`;
    fail(failure('npm-failed', { packages: specs, said }));
  }
  for (const item of packages) {
    const tarball = path.join(tarballs, item.file);
    await checkIntegrity(item, tarball);
    await unpackTarball(tarball, path.join(folder, item.into));
  }
  await rm(tarballs, { recursive: true });
}

async function checkIntegrity(item: NpmPackage, tarball: string): Promise<void> {
  const found = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`;
  if (found === item.integrity) return;
  fail(failure('bad-checksum', { file: item.spec, from: 'npm', expected: item.integrity, found }));
}

function npmCommand(): [string, ...string[]] {
  const npm = findProgram(['npm']);
  if (npm !== undefined) return [npm];
  const beside = path.join(path.dirname(process.execPath), '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const script = [process.env['npm_execpath'], beside].find(
    (file) => file !== undefined && /npm-cli\.c?js$/.test(file) && existsSync(file),
  );
  if (script !== undefined) return [process.execPath, script];
  return fail(failure('no-npm', { path: process.env['PATH'] ?? '' }));
}
