// Artifacts that are not tables, as printed by `lethe show`.
import { expect, it } from 'vitest';
import { renderArtifact } from '../../../src/commands/view/artifact-text.ts';
import { networkKind } from '../../../src/nodes/kinds/network.ts';
import { defineKind } from '../../../src/runtime/contracts/artifact.ts';
import type { Digest, JsonArtifact } from '../../../src/runtime/contracts/artifact.ts';
import { bindWeights } from '../../../src/network/zoo/architecture.ts';
import { buildArchitecture } from '../../../src/network/zoo/build.ts';

const digest = 'a'.repeat(64) as Digest;

it('shows an artifact as its kind renders it, aligned', () => {
  const kind = defineKind({
    name: 'words',
    doc: 'Words.',
    codec: 'json',
    render: ({ value }) => ({
      title: 'words',
      lines: (value as string[]).map((word, i) => [word, `${i}`]),
      end: '...',
    }),
  });
  const artifact: JsonArtifact = { kind: 'words', value: ['卷积', 'a'], refs: [] };
  expect(renderArtifact(artifact, kind)).toBe('words\n  卷积  0\n  a     1\n  ...');
});

it('shows the layers of a network', () => {
  const plan = buildArchitecture('small-conv', { height: 8, width: 8, channels: 3, filters: 4, classes: 3 });
  const tensors = plan.layers.flatMap((layer) => Object.values(layer.weights).map(({ tensor }) => tensor));
  const weights = new Map(tensors.map((name) => [name, digest]));
  const text = renderArtifact({ kind: 'network', value: bindWeights(plan, weights), refs: [] }, networkKind);
  expect(text).toMatch(/^small-conv: input 8 x 8 x 3, output fc\n/);
  expect(text).toMatch(/\n {2}conv1 +conv +8 x 8 x 4 +\d+\n/);
});

it('lists items if the kind has no render function, and shows any other value as JSON', () => {
  const items = Array.from({ length: 7 }, (_, i) => ({ id: digest, digest, name: `${i}.png` }));
  const text = renderArtifact({ kind: 'things', value: { n: 7 }, refs: [], items }, undefined);
  expect(text.split('\n')).toEqual([
    'things of 7 items: {"n":7}',
    ...[0, 1, 2, 3, 4].map((i) => `  ${i}:  aaaaaaaaaaaa  name=${i}.png`),
    '  ... 2 more',
  ]);
  expect(renderArtifact({ kind: 'value', value: [1], refs: [] }, undefined)).toBe('[\n  1\n]');
});
