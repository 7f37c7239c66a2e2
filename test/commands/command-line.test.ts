// The command line itself: help, mistakes, completion, exit codes.
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/commands/catalog.ts';
import { BACKEND_NAMES } from '../../src/runtime/contracts/backend-names.ts';
import { SETTING_LIST } from '../../src/runtime/contracts/settings.ts';
import { openProject, runLethe } from './lethe.ts';

const lethe = (...args: readonly string[]) => runLethe(args, { cwd: tmpdir() });

describe('help', () => {
  it('lists every command and every setting', async () => {
    const { code, stdout } = await lethe('--help');
    expect(code).toBe(0);
    for (const card of COMMANDS) expect(stdout).toContain(`  ${card.name} `);
    for (const { variable, doc } of SETTING_LIST)
      expect(stdout).toMatch(new RegExp(`  ${variable} +.*${doc.slice(-10)}`));
  });

  it.each(COMMANDS.map((card) => card.name))('%s --help shows two examples', async (name) => {
    const { code, stdout } = await lethe(name, '--help');
    expect(code).toBe(0);
    const examples = stdout.slice(stdout.indexOf('Examples:')).trimEnd().split('\n').slice(1);
    expect(examples).toHaveLength(2);
    for (const example of examples) expect(example).toContain('lethe');
  });

  it('prints the version of the package', async () => {
    expect((await lethe('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a wrong command line', () => {
  it.each([
    [['rnu'], 'did you mean: run'],
    [['run'], 'FILE is missing'],
    [['run', 'x.yaml', '--job', '2'], '--jobs'],
    [['run', 'x.yaml', '--jobs', 'two'], 'whole number'],
    [['run', 'x.yaml', '--jobs', '0'], 'at least 1'],
    [['run', 'x.yaml', '--memory', '4'], '--memory needs an amount with a unit, for example 4GiB (given: 4)'],
    [['plan', 'x.yaml', '--memory', 'lots'], '4GiB, 500MB or 2G'],
    [['plan', 'x.yaml', '--memory', '10MB'], 'too small for one worker process'],
    [['run', 'x.yaml', '--backend', 'tensorfow'], 'did you mean: tensorflow'],
    [['run', 'x.yaml', '--backend', 'gpu'], `auto, ${BACKEND_NAMES.join(', ')}`],
    [['show', 'x.yaml', 'step', '--format', 'xml'], 'table, json, csv, arrow'],
    [['run', 'there-is-none.yaml'], 'there is no pipeline file'],
    [['check', '.'], '. is a folder, not a pipeline file'],
    [['check', '/dev/null'], '/dev/null is not a file'],
    [['cache', 'clean'], 'stat, verify, gc'],
    [['check', process.execPath], 'the pipeline file is'],
    [['nodes', 'tap-leyer'], 'tap-layer'],
    [['completion', 'tcsh'], 'bash, zsh, fish'],
    [['check', 'a', 'b'], 'too many arguments'],
  ])('%j exits with 2 and says what is right', async (args, says) => {
    const { code, stdout, stderr } = await lethe(...args);
    expect(stderr).toContain(says);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('rejects an unknown backend in the environment', async () => {
    const { code, stderr } = await runLethe(['run', 'x.yaml'], { cwd: tmpdir(), env: { LETHE_BACKEND: 'wsam' } });
    expect(stderr).toMatch(/LETHE_BACKEND needs one of auto, .* \(given: wsam\)[\s\S]*did you mean: wasm/);
    expect(code).toBe(2);
  });

  it('rejects a bad memory bound in the environment', async () => {
    const { code, stderr } = await runLethe(['run', 'x.yaml'], { cwd: tmpdir(), env: { LETHE_MEMORY: 'much' } });
    expect(stderr).toMatch(/LETHE_MEMORY needs an amount with a unit, for example 4GiB \(given: much\)/);
    expect(code).toBe(2);
  });

  it('says which parameters of a node must be given', async () => {
    const { stdout } = await lethe('nodes', 'load-dataset');
    expect(stdout).toMatch(/format +one of .*; required: /);
    expect(stdout).toMatch(/folder +text; optional: /);
  });

  it('without a command prints the help and exits with 2', async () => {
    const { code, stdout } = await lethe();
    expect(stdout).toContain('Usage:');
    expect(code).toBe(2);
  });
});

describe('completion', () => {
  it('gives a bash script that completes commands, options and node types', async () => {
    const { stdout } = await lethe('completion', 'bash');
    const file = join(tmpdir(), `lethe-completion-${process.pid}.bash`);
    writeFileSync(file, stdout);
    const complete = (...words: readonly string[]): string => {
      const script = `source ${file}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _lethe; echo "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim();
    };
    expect(complete('lethe', 'do')).toBe('doctor');
    expect(complete('lethe', 'run', '--ke')).toBe('--keep-going');
    expect(complete('lethe', 'plan', '--me')).toBe('--memory');
    expect(complete('lethe', 'nodes', 'tap')).toBe('tap-layer');
    expect(complete('lethe', 'run', 'x.yaml', '--backend', 'wa')).toBe('wasm');
    expect(complete('lethe', 'show', 'x.yaml', 'step', '--format', '')).toBe('table json csv arrow');
  });

  it.each(['zsh', 'fish'])('gives a %s script that names every command', async (shell) => {
    const { code, stdout } = await lethe('completion', shell);
    expect(code).toBe(0);
    for (const card of COMMANDS) expect(stdout).toContain(card.name);
    const parser = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' });
    if (parser.error === undefined) expect(parser.status, parser.stderr).toBe(0);
    else console.log(`the syntax of the ${shell} script is not checked: there is no ${shell} here`);
  });
});

describe('a step that fails while it runs', () => {
  it('is shown at its position in the pipeline file', async () => {
    using project = openProject({ LETHE_BACKEND: 'wasm' });
    project.write('cut.bin', new Uint8Array(100));
    const steps = `  data:
    use: load-dataset
    with: { format: cifar10, files: [cut.bin] }
    each: { offset: [0, 1] }
`;
    project.write('p.yaml', `pipeline: p\nsteps:\n${steps}`);
    const { code, stderr } = await project.lethe('run', 'p.yaml', '--jobs', '1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^p\.yaml:3:3: error: .*\n {2}3 \| {3}data:\n {4}\| {3}~~~~\n {2}step: +data\[offset=0\]$/m);
    // no step is searched in a file that writes `steps` in flow style
    project.write(
      'q.yaml',
      `pipeline: q\nsteps: { data: { use: load-dataset, with: { format: cifar10, files: [cut.bin] } } }\n`,
    );
    expect((await project.lethe('run', 'q.yaml')).stderr).toMatch(/^error: [^]*\n {2}step: +data$/m);
  });

  it('is reported to programs with position, step, values and help, in the same shape as every other failure', async () => {
    using project = openProject({ LETHE_BACKEND: 'wasm' });
    project.write('cut.bin', new Uint8Array(100));
    const steps = (more: string): string => `  data:
    use: load-dataset
    with: { format: cifar10, files: [cut.bin]${more} }
`;
    project.write('p.yaml', `pipeline: p\nsteps:\n${steps('')}`);
    project.write('q.yaml', `pipeline: q\nsteps:\n${steps(', colour: red')}`);
    const ran = await project.lethe('run', 'p.yaml', '--json');
    const found = ran.events.find((event) => event['failure'] !== undefined)?.['failure'] as Record<string, unknown>;
    const people = (await project.lethe('run', 'p.yaml')).stderr;
    expect(found).toMatchObject({ step: 'data', line: 3, column: 3, end_line: 3, end_column: 7 });
    expect(found['file']).toMatch(/p\.yaml$/);
    for (const text of [found['headline'], found['help'], ...Object.values(found['values'] ?? {})])
      if (text !== undefined) expect(people).toContain(String(text));
    for (const command of ['check', 'run', 'plan']) {
      const { events, code } = await project.lethe(command, 'q.yaml', '--json');
      expect(code).toBe(2);
      expect(events).toHaveLength(1);
      const { event, ...failure } = events[0] as Record<string, unknown>;
      expect(event).toBe('failure');
      expect(failure).toMatchObject({ reason: expect.any(String), headline: expect.any(String), line: 5 });
      expect(Object.keys({ ...failure, step: '' }).filter((name) => !SHAPE.includes(name))).toEqual([]);
    }
    expect(Object.keys(found).filter((name) => !SHAPE.includes(name))).toEqual([]);
  });
});

const SHAPE = [
  ...['reason', 'file', 'line', 'column', 'end_line', 'end_column'],
  ...['step', 'item', 'headline', 'values', 'help', 'data'],
];
