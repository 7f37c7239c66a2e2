// Family E of the field cases: exit 0 means that everything ran to its end and was told.
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openProject } from '../commands/lethe.ts';
import type { Project } from '../commands/lethe.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** A project with a step `a` of its own node type. `load` is code at the top of the file, `run` code in `run`. */
function projectWith({ load = '', run = '' }: { readonly load?: string; readonly run?: string }): Project {
  const project = openProject();
  project.write('p.yaml', 'pipeline: p\nnodes: [./mine.mjs]\nsteps:\n  a: { use: mine }\n');
  project.write(
    'mine.mjs',
    `${load}
const kind = { name: 'number', doc: 'A number.', codec: 'json' };
export const mine = {
  type: 'mine', version: 1, doc: 'Mine.', examples: [], light: true,
  params: { type: 'object', properties: {} }, inputs: {}, outputs: { value: { kind, doc: 'Value.' } },
  run: async ({ json }) => {
    ${run}
    return { value: await json(kind, 1) };
  },
};
`,
  );
  return project;
}

const EARLY = /lethe was ended before its work was done/;
const SLOW_TO_LEAVE = `process.on('disconnect', () => { for (const end = Date.now() + 4000; Date.now() < end; ); });`;

it('E1: a worker that is slow to leave does not end the run before it is told', async () => {
  using project = projectWith({ load: SLOW_TO_LEAVE });
  expect(await project.lethe('run', 'p.yaml')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/1 step computed/) as unknown,
  });
  expect((await project.lethe('runs')).stdout).toMatch(/p.yaml|\bp\b/);
});

it('E1: nor one whose step failed', async () => {
  using project = projectWith({ load: SLOW_TO_LEAVE, run: `throw new Error('x')` });
  expect(await project.lethe('run', 'p.yaml')).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/1 FAILED/) as unknown,
  });
});

it('E1: a file that waits for ever for nothing is told, and is no success', async () => {
  using project = projectWith({ load: 'await new Promise(() => {});' });
  for (const command of ['run', 'check'])
    expect(await project.lethe(command, 'p.yaml')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(EARLY) as unknown,
    });
});

it('E2: process.exit(0) at the top of a node file fails in its place', async () => {
  using project = projectWith({ load: 'process.exit(0);' });
  for (const command of ['run', 'check', 'plan']) {
    const { code, stderr } = await project.lethe(command, 'p.yaml');
    expect(code).toBe(2);
    expect(stderr).toMatch(/p\.yaml:2:9: error: .*process\.exit\(0\) was called/);
    expect(stderr).toMatch(/mine\.mjs:1:/);
  }
});

it.each([false, true])('E2: process.exit(0) later is no success either, and is told (--json: %s)', async (json) => {
  using project = projectWith({
    load: 'if (process.send === undefined) setTimeout(() => process.exit(0), 300);',
    run: 'await new Promise((resolve) => setTimeout(resolve, 5000));',
  });
  const { code, stderr, events } = await project.lethe('run', 'p.yaml', ...(json ? ['--json'] : []));
  expect(code).toBe(1);
  if (json) expect(events.at(-1)).toMatchObject({ reason: 'ended-early', values: { 'exit code': 0 } });
  else expect(stderr).toMatch(EARLY);
});

it('E2: process.exit(0) in a step fails the step', async () => {
  using project = projectWith({ run: 'process.exit(0);' });
  const { code, stderr } = await project.lethe('run', 'p.yaml');
  expect(code).toBe(1);
  expect(stderr).toMatch(/exit code 0/);
});

it('E3: a rejection that nobody handles fails its step, even just before the return', async () => {
  using project = projectWith({ run: `void Promise.reject(new Error('lost'));` });
  const { code, stderr } = await project.lethe('run', 'p.yaml');
  expect(code).toBe(1);
  expect(stderr).toMatch(/mine failed: lost/);
});

const SPAWNS = `import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
const start = (options) => writeFileSync('child', String(spawn('sleep', ['120'], { stdio: 'inherit', ...options }).pid));`;

const pidIn = ({ folder }: Project): number => Number(readFileSync(join(folder, 'child'), 'utf8'));

const isAlive = (pid: number): boolean => {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z');
  } catch {
    return false;
  }
};

it.runIf(process.platform === 'linux')('E4: a step takes the processes that it started with it', async () => {
  for (const run of ['start({});', 'start({}); for (;;);']) {
    using project = projectWith({ load: SPAWNS, run });
    project.write('p.yaml', 'pipeline: p\nnodes: [./mine.mjs]\nsteps:\n  a: { use: mine, timeout: 3 }\n');
    const { code } = await project.lethe('run', 'p.yaml');
    expect(code).toBe(run.includes('for') ? 1 : 0);
    expect(isAlive(pidIn(project))).toBe(false);
  }
});

it.runIf(process.platform === 'linux')(
  'E4: the run ends although a process left the group and keeps the output',
  async () => {
    using project = projectWith({ load: SPAWNS, run: 'start({ detached: true });' });
    expect((await project.lethe('run', 'p.yaml')).code).toBe(0);
    const pid = pidIn(project);
    expect(isAlive(pid)).toBe(true); // setsid is a wish to live on
    process.kill(pid, 'SIGKILL');
  },
);

it('E5: a reader that goes away does not turn a run into a success', async () => {
  using project = projectWith({ run: 'await new Promise((resolve) => setTimeout(resolve, 1000));' });
  const child = spawn(process.execPath, [CLI, 'run', '--json', 'p.yaml'], {
    cwd: project.folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on('exit', resolve));
  expect(code).toBe(141);
});
