// Temporary projects in which the benches run: pipelines of Lethe, and workspaces of the peers, installed from the npm
// registry.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../scripts/prepare.mjs';
import type { Command } from './measure.ts';

export const NODE = process.execPath;
export const BARE: Command = { argv: [NODE, '-e', '0'] };

export const lethe = (cwd: string, ...args: readonly string[]): Command => ({
  argv: [NODE, join(root, 'dist', 'cli.js'), ...args],
  cwd,
  env: { LETHE_CACHE: join(cwd, 'cache') },
});

/** Creates a temporary folder, passes it to `use`, and always removes it. */
export async function inFolder<T>(use: (folder: string) => Promise<T> | T): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Writes a graph of `steps` light steps in ten layers. After the first layer, each step reads one step of the previous
 * layer and one step of the first layer, so that values stay small.
 */
export function writeLayeredPipeline(folder: string, steps: number): string {
  const width = steps / 10;
  const lines = ['pipeline: layered', 'steps:'];
  for (let layer = 0; layer < 10; layer += 1) {
    for (let i = 0; i < width; i += 1) {
      const name = `s${layer}_${i}`;
      lines.push(
        layer === 0
          ? `  ${name}: { use: constant, with: { value: ${i} } }`
          : `  ${name}: { use: collect-values, from: { values: [s${layer - 1}_${i}, s0_${(i + 1) % width}] } }`,
      );
    }
  }
  const file = join(folder, 'pipeline.yaml');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

export function installPackages(folder: string, ...packages: readonly string[]): void {
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Writes a workspace of `tasks` packages, each with a build script that does nothing. */
export function writeTurboWorkspace(folder: string, tasks: number): void {
  const write = (path: string, value: unknown): void =>
    writeFileSync(join(folder, path), `${JSON.stringify(value, null, 2)}\n`);
  write('package.json', { name: 'bench', private: true, workspaces: ['packages/*'], packageManager: 'npm@10.0.0' });
  write('turbo.json', { tasks: { build: { outputs: [] } } });
  for (let i = 0; i < tasks; i += 1) {
    const folderName = `packages/p${i}`;
    mkdirSync(join(folder, folderName), { recursive: true });
    write(`${folderName}/package.json`, { name: `p${i}`, version: '1.0.0', scripts: { build: 'true' } });
  }
}
