// A node declares which fields of an item it reads, and an item is computed again only if one of these changes. On the
// built command line.
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng } from '../datasets/image-files.ts';
import { openProject } from './lethe.ts';
import type { Project } from './lethe.ts';

const PIPELINE = `pipeline: fields
steps:
  training: { use: make-shapes, with: { count: 20, size: 8 } }
  images: { use: load-dataset, with: { format: image-folder, images: images, masks: masks } }
  network: { use: train-network, with: { architecture: small-conv, epochs: 1, batch: 20 }, from: { data: training } }
  tap: { use: tap-layer, with: { layer: conv1 }, from: { network: network } }
  delta: { use: estimate-delta-f2, with: { precision: 0.1 }, from: { tap: tap, data: images } }
  sigma: { use: optimize-sigma, with: { method: closed-form }, from: { tap: tap, delta: delta, data: images } }
  focus: { use: concentration, from: { sigma: sigma, data: images } }
`;

describe('a data set whose images stay the same', () => {
  let project: Project;
  const mask = (edge: number): Uint8Array => encodePng(8, 8, (x) => (x < edge ? 255 : 0));
  const steps = ({ events }: Awaited<ReturnType<Project['run']>>, status: string) =>
    events.flatMap((event) =>
      event['event'] === 'step-finished' && event['status'] === status ? [event['step']] : [],
    );

  beforeAll(async () => {
    project = openProject();
    project.write('p.yaml', PIPELINE);
    for (const [k, name] of ['cat/a', 'cat/b', 'dog/c'].entries()) {
      project.write(
        `images/${name}.png`,
        encodePng(8, 8, (x, y) => (40 * x + 13 * y + 60 * k) % 256),
      );
      project.write(`masks/${name}.png`, mask(3));
    }
    const first = await project.run('p.yaml');
    expect(first.code, first.stderr).toBe(0);
    expect(first.finished).toMatchObject({ items_computed: 6, failed: 0 });
  });
  afterAll(() => project[Symbol.dispose]());

  it('measures nothing again if only labels change', async () => {
    for (const folder of ['images', 'masks'])
      renameSync(join(project.folder, folder, 'cat'), join(project.folder, folder, 'horse'));
    const ran = await project.run('p.yaml');
    expect(steps(ran, 'computed')).toContain('images');
    expect(ran.finished).toMatchObject({ items_computed: 0, failed: 0 });
    const rows = await project.lethe('show', 'p.yaml', 'sigma', '--format', 'json');
    expect(rows.code, rows.stderr).toBe(0);
  });

  it('measures only the concentration again if a mask changes', async () => {
    const before = await project.lethe('show', 'p.yaml', 'focus', '--format', 'csv');
    project.write('masks/dog/c.png', mask(5));
    const ran = await project.run('p.yaml');
    expect(ran.finished).toMatchObject({ items_computed: 0, failed: 0 });
    expect(steps(ran, 'computed')).toContain('focus');
    const after = await project.lethe('show', 'p.yaml', 'focus', '--format', 'csv');
    expect(after.stdout.split('\n').filter((line) => !before.stdout.includes(line))).toHaveLength(1);
  });
});
