// Checks the README: its commands work in their order, and its pipeline is valid.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const CLI = join(root, 'dist', 'cli.js');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-readme-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fences = (language: string): readonly string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '');

/** Executes one line of the README in the project, with a temporary cache. */
function runLine(line: string): { stdout: string; stderr: string; seconds: number } {
  const start = performance.now();
  const [program, ...args] = line.replace(/\s+#.*$/, '').split(/\s+/);
  const argv = program === 'npm' ? [join(root, 'scripts', 'quickstart.mjs')] : [CLI, ...args.slice(1)];
  if (program === 'npm') expect(args).toEqual(['run', 'quickstart']);
  else expect(args[0]).toBe('lethe');
  const done = spawnSync(process.execPath, argv, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, LETHE_CACHE: join(folder, 'cache') },
  });
  expect(done.status, `${line}\n${done.stdout}\n${done.stderr}`).toBe(0);
  return { stdout: done.stdout, stderr: done.stderr, seconds: (performance.now() - start) / 1000 };
}

describe('README', () => {
  const lines = fences('sh').flatMap((block) => block.trim().split('\n'));

  it('begins with the quickstart, which measures every layer and says where the file is', { timeout: 400_000 }, () => {
    expect(lines[0]).toBe('npm run quickstart');
    const { stdout } = runLine(lines[0] ?? '');
    for (const layer of ['conv1', 'layer1', 'layer2', 'layer3', 'fc'])
      expect(stdout).toMatch(new RegExp(`${layer} .*█`));
    expect(stdout).toMatch(/Arrow files:\n {2}\S+/);
    expect(stdout).toContain('npx lethe');
    expect(stdout).not.toContain('null');
    const again = runLine(lines[0] ?? '');
    expect(again.stdout).toContain('nothing to compute');
  });

  it('shows what two more images cost', { timeout: 400_000 }, () => {
    const [plan, run, why] = lines.slice(1).map((line) => runLine(line));
    expect(plan?.stdout).toMatch(/delta\[layer=conv1\].*depends|delta\[layer=conv1\] \(2 items\)|test:/);
    expect(run?.stdout).toContain('20 items computed');
    expect(why?.stdout).toContain('sid ');
    expect(lines).toHaveLength(4);
  });

  it('explains a pipeline that runs', { timeout: 400_000 }, () => {
    const [yaml] = fences('yaml');
    const file = join(folder, 'explained.yaml');
    writeFileSync(file, yaml ?? '');
    const { stdout } = runLine(`npx lethe run ${file}`);
    expect(stdout).toMatch(/conv1 .*█/);
  });

  it('names commands that exist', () => {
    const named = new Set([...readme.matchAll(/`(?:npx )?lethe ([a-z]+)/g)].map((match) => match[1] ?? ''));
    for (const command of named) {
      expect(execFileSync(process.execPath, [CLI, command, '--help'], { encoding: 'utf8' })).toContain('Usage:');
    }
    expect(named.size).toBeGreaterThan(4);
  });

  it('links to files that exist', () => {
    for (const [, target] of readme.matchAll(/\]\(([^)#]+)\)/g))
      expect(() => readFileSync(join(root, target ?? ''))).not.toThrow();
  });
});
