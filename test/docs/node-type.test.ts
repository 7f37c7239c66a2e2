// Checks docs/extending/node-type.md: its code is that of the example, and defines a node type in a user's project and
// in Lethe itself.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fencesOf, scratchProject } from './scratch-project.ts';
import type { ScratchProject } from './scratch-project.ts';

const PAGE = 'docs/extending/node-type.md';
const example = join(import.meta.dirname, '..', '..', 'examples', 'own-node');
const code = fencesOf(PAGE, 'ts').join('\n');
const pipeline = fencesOf(PAGE, 'yaml')[0] ?? '';
const small = pipeline.replace('images: 20', 'images: 2');

let project: ScratchProject;
beforeAll(async () => {
  project = scratchProject();
  project.write(
    'src/nodes/measures/brightness.ts',
    code
      .replace(
        "import { defineKind, defineNode, Type } from 'lethe';",
        "import { Type } from '@sinclair/typebox';\nimport { defineKind } from '../../runtime/contracts/artifact.ts';\nimport { defineNode } from '../../runtime/contracts/define.ts';",
      )
      .replace("type: 'brightness'", "type: 'brightness',\n  formerly: ['lightness']"),
  );
  project.generate();
  await project.bundle();
}, 240_000);
afterAll(() => project.remove());

test('the page shows the example', () => {
  expect(readFileSync(join(example, 'brightness.ts'), 'utf8')).toBe(
    `// \`brightness\`: a node type of this project. It maps over the images of a data set, so every image is cached on its own.\n${code}`,
  );
  expect(readFileSync(join(example, 'pipeline.yaml'), 'utf8')).toContain(pipeline);
});

test('a file in src/nodes/ is a built-in node type once `generate` has run', () => {
  expect(project.read('src/registry.ts')).toContain("import('./nodes/measures/brightness.ts')");
  for (const file of ['schemas/pipeline.schema.json', 'schemas/catalog.json', 'README.md'])
    expect(project.read(file)).toContain('Measures how bright images are.');
  project.write('built-in.yaml', small.replace(/nodes: .*\n/, ''));
  project.lethe('run', 'built-in.yaml', '--quiet');
  expect(project.lethe('show', 'built-in.yaml', 'darker', '--format', 'csv').trim().split('\n')).toHaveLength(1 + 2);
});

test('a file of the user is a node type without `generate`', () => {
  project.write('own/other.ts', code.replaceAll("'brightness'", "'other'"));
  project.write(
    'own/pipeline.yaml',
    small.replace('./brightness.ts', './other.ts').replaceAll('use: brightness', 'use: other'),
  );
  project.lethe('run', 'own/pipeline.yaml', '--quiet');
  expect(project.lethe('show', 'own/pipeline.yaml', 'brightness', '--format', 'csv').trim().split('\n')).toHaveLength(
    1 + 2,
  );
});
