// `npm test`: all checks that must pass before a commit, the fastest ones first. The last line gives the number of
// tests.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { must, prepare, root } from './prepare.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const filters = process.argv.slice(2);

await prepare();
if (filters.length === 0) {
  must(bin('prettier'), ['--check', '--log-level=warn', '.']);
  must(bin('eslint'), ['.', '--max-warnings=0']);
  must(bin('tsc'), ['-p', 'tsconfig.test.json']);
  must(process.execPath, ['scripts/run-ts.mjs', 'scripts/generate.ts', '--check']);
}
const folder = mkdtempSync(join(tmpdir(), 'lethe-test-'));
const report = join(folder, 'report.json');
const done = spawnSync(
  bin('vitest'),
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...filters],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
// There is no report if the setup of the tests fails or a signal ends them.
if (existsSync(report)) {
  const counts = JSON.parse(readFileSync(report, 'utf8'));
  console.log(`${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${counts.numPendingTests} skipped`);
}
rmSync(folder, { recursive: true });
process.exitCode = done.status ?? 1;
