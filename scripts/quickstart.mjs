// First steps for new users: installs, builds, runs the quickstart pipeline, and prints what to try next.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

await prepare();
const done = spawnSync(
  process.execPath,
  [join(root, 'dist/cli.js'), 'run', 'pipelines/quickstart.yaml', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
if (done.status === 0) {
  console.log(`
Run it again (npm run quickstart): nothing has to run.
Then measure more images and see that only the new ones are computed:
  npx lethe run pipelines/quickstart.yaml -p images=12
  npx lethe why pipelines/quickstart.yaml sid`);
}
process.exitCode = done.status ?? 1;
