// Installs from the lock file if node_modules is missing or outdated, and builds dist/ if a source has changed. This
// file is plain JavaScript, because it runs before anything is installed. If there is nothing to do, it takes a few
// milliseconds. With `--packages` it only installs.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Executes a command in the project. If it fails, ends this process with the same exit code. */
export function must(command, args, options = {}) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    ...options,
  });
  if (done.error !== undefined) {
    console.error(`error: cannot start ${command}: ${done.error.message}`);
    process.exit(1);
  }
  if (done.status !== 0) process.exit(done.status ?? 1);
}

export async function prepare() {
  preparePackages();
  await build();
}

/** Prepares what scripts need: packages, but no dist/, because scripts run from their sources. */
function preparePackages() {
  requireNode();
  install();
}

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`error: Lethe needs Node 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.lethe-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('installing packages from the lock file ...');
  // Install scripts are skipped: none is needed here, and a script could wait for a download.
  must('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] });
  writeFileSync(stamp, wanted);
}

async function build() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'tsconfig.json', 'scripts/bundle.mjs'])
    hash.update(readFileSync(join(root, file)));
  for (const file of sources(join(root, 'src'))) {
    hash.update(`${file}\0`).update(readFileSync(file));
  }
  const wanted = hash.digest('hex');
  const stamp = join(root, 'dist', '.stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  console.error('building ...');
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  must(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.json')]);
  const { bundle } = await import('./bundle.mjs'); // imported late, because esbuild may have been installed only now
  await bundle(root);
  writeFileSync(stamp, wanted);
}

function sources(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => path.endsWith('.ts') && statSync(path).isFile())
    .sort();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv.includes('--packages')) preparePackages();
  else await prepare();
}
