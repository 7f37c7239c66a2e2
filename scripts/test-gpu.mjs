// Provides a GPU for the tests of the webgpu backend: the GPU of the machine, or SwiftShader, a software renderer
// (slow, but exact). Debian distributes SwiftShader, with the Vulkan loader, inside a chromium package. Three files of
// that package are unpacked below node_modules/.cache; nothing is installed. If this fails or takes too long, the tests
// of webgpu are skipped and report the reason.
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './prepare.mjs';

const run = promisify(execFile);
const folder = join(root, 'node_modules', '.cache', 'lethe-test-gpu');
const driver = join(folder, 'vk_swiftshader_icd.json');
const FILES = ['vk_swiftshader_icd.json', 'libvk_swiftshader.so', 'libvulkan.so.1'];

/**
 * Returns environment variables for the tests. LETHE_TEST_WEBGPU is a folder for LETHE_WEBGPU. With SwiftShader,
 * LETHE_TEST_VULKAN is its driver for VK_ICD_FILENAMES. On failure, only LETHE_TEST_NO_WEBGPU is set, to the reason.
 */
export async function testGpu() {
  try {
    let done = await setUp(existsSync(driver));
    if (done.reason === 'no-gpu' && !existsSync(driver)) {
      await fetchSwiftShader();
      done = await setUp(true);
    }
    if (done.reason !== undefined)
      return { LETHE_TEST_NO_WEBGPU: [done.headline, ...Object.values(done.values ?? {})].join('; ').split('\n')[0] };
    const packages = { LETHE_TEST_WEBGPU: join(done.folder, '..', '..') };
    return existsSync(driver) ? { ...packages, LETHE_TEST_VULKAN: driver, LD_LIBRARY_PATH: libraries() } : packages;
  } catch (error) {
    const lines = String(error.stderr || error.message)
      .trim()
      .split('\n');
    return { LETHE_TEST_NO_WEBGPU: lines.at(-1) };
  }
}

/**
 * Executes `lethe setup --webgpu` with a separate folder. A repeated call takes 0.3 s. Returns the last event of the
 * command, or its failure.
 */
async function setUp(withSwiftShader) {
  const gpu = withSwiftShader ? { VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: libraries() } : {};
  const env = { ...process.env, ...gpu, LETHE_WEBGPU: '', LETHE_HOME: folder, npm_config_fetch_retries: '0' };
  const args = [join(root, 'dist', 'cli.js'), 'setup', '--webgpu', '--json'];
  const { stdout } = await run(process.execPath, args, { cwd: folderMade(), env, timeout: 120_000 }).catch((error) =>
    error.stdout ? error : Promise.reject(error),
  );
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

const folderMade = () => {
  mkdirSync(folder, { recursive: true });
  return folder;
};

/** Search path for the Vulkan loader; a process reads it when it starts. */
const libraries = () => [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':');

async function fetchSwiftShader() {
  if (process.platform !== 'linux') throw new Error('there is no GPU, and SwiftShader is fetched on Linux only');
  const work = mkdtempSync(join(tmpdir(), 'lethe-gpu-'));
  const options = { cwd: work, timeout: 60_000 };
  const download = () => run('apt-get', ['download', '--quiet', 'chromium-common'], options);
  try {
    await download().catch(async (error) => {
      if (process.getuid() !== 0 || error.code === 'ENOENT') throw error;
      await run('apt-get', ['update', '--quiet'], options); // apt's package lists may be missing, or name a version that no longer exists
      await download();
    });
    const [archive] = readdirSync(work).filter((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['--extract', archive, 'content'], options);
    // The description of the driver is copied last, as a sign that the other files are complete.
    for (const file of FILES.toReversed())
      copyFileSync(join(work, 'content/usr/lib/chromium', file), join(folder, file));
  } finally {
    rmSync(work, { recursive: true });
  }
}
