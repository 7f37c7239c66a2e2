// Only what changed is computed again, on the built command line, as the README promises.
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openProject } from './lethe.ts';
import type { Project } from './lethe.ts';

const PIPELINE = `pipeline: small
params: { images: 2, epochs: 1, precision: 0.1 }
steps:
  training: { use: make-shapes, with: { count: 60, size: 8 } }
  test: { use: make-shapes, with: { count: { $param: images }, size: 8, seed: test } }
  network: { use: train-network, with: { architecture: resnet8, epochs: { $param: epochs }, batch: 20 }, from: { data: training } }
  tap: { use: tap-layer, from: { network: network }, each: { layer: [conv1, layer1] } }
  delta: { use: estimate-delta-f2, with: { precision: { $param: precision } }, from: { tap: tap, data: test } }
  sigma: { use: optimize-sigma, with: { method: closed-form }, from: { tap: tap, delta: delta, data: test } }
  concentration: { use: concentration, from: { sigma: sigma, data: test } }
  table: { use: aggregate, from: { tables: sigma, concentration: concentration } }
`;

describe('a complete measurement pipeline', () => {
  let project: Project;
  beforeAll(async () => {
    project = openProject();
    project.write('p.yaml', PIPELINE);
    const first = await project.run('p.yaml');
    expect(first.code, first.stderr).toBe(0);
    expect(first.finished).toMatchObject({ computed: 12, items_computed: 8, cached: 0, failed: 0, skipped: 0 });
  });
  afterAll(() => project[Symbol.dispose]());

  it('computes nothing the second time, and gives the same digests', async () => {
    const again = await project.run('p.yaml');
    expect(again.finished).toMatchObject({ computed: 0, items_computed: 0, cached: 12 });
    const { table } = again.finished['outputs'];
    expect(table.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(table.path).subarray(0, 6).toString()).toBe('ARROW1');
  });

  it('does not load the tensor library for a run that computes nothing, nor for plan and why', async () => {
    for (const args of [
      ['run', 'p.yaml'],
      ['plan', 'p.yaml'],
      ['why', 'p.yaml', 'sigma'],
      ['check', 'p.yaml'],
    ]) {
      const loaded = await loadedModules(project, args);
      expect(
        loaded.filter((url) => url.includes('@tensorflow')),
        args.join(' '),
      ).toEqual([]);
    }
  });

  it('computes three images per layer when three are added', async () => {
    const more = await project.run('p.yaml', '-p', 'images=5');
    expect(more.finished).toMatchObject({ failed: 0, items_computed: 12 });
  });

  it('changes nothing for comments, formatting and the order of keys', async () => {
    project.write(
      'p.yaml',
      `# a comment\n${PIPELINE.replaceAll(', ', ',   ').replace('count: 60,   size: 8', 'size: 8, count: 60')}`,
    );
    expect((await project.run('p.yaml')).finished).toMatchObject({ computed: 0 });
  });

  it('names the exact parameter that changed, before and after', async () => {
    const changed = PIPELINE.replace('method: closed-form', 'method: closed-form, alpha: 0.0002');
    project.write('p.yaml', changed);
    const planned = await project.lethe('plan', 'p.yaml', '--json');
    const sigma = planned.events.find((event) => event['step'] === 'sigma[layer=conv1]');
    expect(sigma).toMatchObject({
      status: 'will-run',
      changes: [{ what: 'param', where: '/alpha', before: 0.00015, after: 0.0002 }],
    });
    const ran = await project.run('p.yaml');
    expect(ran.finished).toMatchObject({ items_computed: 4, failed: 0 });
    const why = await project.lethe('why', 'p.yaml', 'sigma[layer=conv1]');
    expect(why.stdout).toContain('/alpha: 0.00015 -> 0.0002');
    project.write('p.yaml', PIPELINE);
  });

  it('does not recompute steps downstream of an output that did not change', async () => {
    // Two more training images would cause a new training; a forced data set whose output is equal must not.
    const forced = await project.run('p.yaml', '--force', 'training');
    expect(forced.finished).toMatchObject({ computed: 1, items_computed: 0 });
  });

  it('runs only the named step and what it needs', async () => {
    const ran = await project.run('p.yaml', 'tap', '-p', 'epochs=2');
    const steps = ran.events.filter((event) => event['event'] === 'step-finished').map((event) => event['step']);
    expect(steps.sort()).toEqual(['network', 'tap[layer=conv1]', 'tap[layer=layer1]', 'training']);
  });

  it('repairs an Arrow file that was damaged in the cache', async () => {
    const { finished } = await project.run('p.yaml');
    const { path } = finished['outputs'].table;
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 0xff;
    writeFileSync(path, bytes);
    const shown = await project.lethe('show', 'p.yaml', 'table');
    expect(`${shown.stdout}${shown.stderr}`).not.toMatch(/\n\s+at /);
    const again = await project.lethe('run', 'p.yaml');
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toContain('sid');
    const healed = await project.run('p.yaml');
    expect(readFileSync(healed.finished['outputs'].table.path).equals(Buffer.from(readFileSync(path)))).toBe(true);
  });

  it('prints, exports and copies the table', async () => {
    const csv = await project.lethe('show', 'p.yaml', 'table', '--format', 'csv');
    const [head, ...rows] = csv.stdout.trim().split('\n');
    expect(head?.split(',').slice(0, 2)).toEqual(['layer', 'sid']);
    expect(rows).toHaveLength(2);
    const json = await project.lethe('show', 'p.yaml', 'table', '--format', 'json');
    expect(json.events.map((row) => row['layer'])).toEqual(['conv1', 'layer1']);
    const out = await project.run('p.yaml', '--out', 'results');
    expect(out.code).toBe(0);
    expect(
      readFileSync(join(project.folder, 'results', 'table.arrow'))
        .subarray(0, 6)
        .toString(),
    ).toBe('ARROW1');
  });

  it('keeps a record of the runs', async () => {
    const { events } = await project.lethe('runs', '--json');
    expect(events.length).toBeGreaterThan(5);
    expect(events[0]).toMatchObject({ pipeline: 'small', failed: 0 });
  });
});

describe('files named in params', () => {
  it('an edited file with equal content changes nothing; another content does', async () => {
    using project = openProject();
    const record = (label: number): Uint8Array => new Uint8Array(3073).fill(100).fill(label, 0, 1);
    const file = project.write('data.bin', Buffer.concat([record(1), record(2)]));
    project.write(
      'p.yaml',
      'pipeline: f\nsteps:\n  d: { use: load-dataset, with: { format: cifar10, files: [data.bin] } }\n',
    );
    expect((await project.run('p.yaml')).finished['computed']).toBe(1);
    writeFileSync(file, readFileSync(file));
    utimesSync(file, new Date(), new Date());
    expect((await project.run('p.yaml')).finished['computed']).toBe(0);
    writeFileSync(file, Buffer.concat([record(1), record(3)]));
    expect((await project.run('p.yaml')).finished['computed']).toBe(1);
    const why = await project.lethe('why', 'p.yaml', 'd');
    expect(why.stdout).toMatch(/file .*data\.bin/);
  });

  it('the folder of the files is not part of the key: a copy elsewhere is the same data', async () => {
    using project = openProject();
    for (const folder of ['here', 'there'])
      project.write(`${folder}/data.bin`, new Uint8Array(3073).fill(100).fill(7, 0, 1));
    project.write(
      'p.yaml',
      'pipeline: f\nparams: { data: here }\nsteps:\n  d: { use: load-dataset, with: { format: cifar10, folder: { $param: data }, files: [data.bin] } }\n',
    );
    expect((await project.run('p.yaml')).finished['computed']).toBe(1);
    expect((await project.run('p.yaml', '-p', 'data=there')).finished['computed']).toBe(0);
  });
});

/** URLs of the modules that a lethe command imports, recorded by a loader hook. */
async function loadedModules(project: Project, args: readonly string[]): Promise<readonly string[]> {
  const { spawnSync } = await import('node:child_process');
  const { fileURLToPath } = await import('node:url');
  const hook = project.write(
    'list-modules.mjs',
    `import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent(\`
  import { writeSync } from 'node:fs';
  export async function load(url, context, next) { writeSync(2, 'LOADED ' + url + '\\\\n'); return next(url, context); }
\`));
`,
  );
  const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
  const done = spawnSync(process.execPath, ['--import', hook, cli, ...args], {
    cwd: project.folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const urls = [...done.stderr.matchAll(/LOADED (\S+)/g)].map((match) => match[1] ?? '');
  expect(urls.length).toBeGreaterThan(3);
  return urls;
}
