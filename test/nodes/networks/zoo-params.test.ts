import { Type } from '@sinclair/typebox';
import { describe, expect, it } from 'vitest';
import { registry } from '../../../src/registry.ts';
import { pipelineSchema } from '../../../scripts/generate/pipeline-schema.ts';
import { ARCHITECTURE_NAMES } from '../../../src/network/zoo/build.ts';
import { ZOO } from '../../../src/network/zoo/index.ts';
import type { ZooCard } from '../../../src/network/zoo/zoo-card.ts';
import { optionsParam } from '../../../src/nodes/networks/zoo-params.ts';
import { completeParams } from '../node-rig.ts';

const family = (name: string, params: ZooCard['params']): ZooCard => ({
  name,
  doc: '',
  names: [name],
  params,
  build: () => {
    throw new Error('not here');
  },
});
const integer = (fallback: number, most = 10) =>
  Type.Integer({ maximum: most, default: fallback, description: 'Size.' });

describe('the parameters of architectures', () => {
  it.each(['load-network', 'train-network'])(
    'complete the names, take others too, and document all families: %s',
    async (type) => {
      const node = await registry.load(type);
      const schema = pipelineSchema([node]) as unknown as {
        definitions: { nodes: Record<string, { params: Record<string, { examples?: unknown; description: string }> }> };
      };
      const { architecture } = schema.definitions.nodes[node.type]!.params;
      expect(architecture?.examples).toEqual(ARCHITECTURE_NAMES);
      expect(architecture?.description).toContain('resnet<depth> for any depth 6n + 2');
      const required = type === 'load-network' ? { weights: 'w.safetensors' } : {};
      expect(completeParams(node, { architecture: 'resnet26', ...required })['architecture']).toBe('resnet26');
      for (const { name, doc } of ZOO) expect(node.doc).toContain(`${name}: ${doc}`);
    },
  );

  it('takes every option that some family takes, without default', () => {
    const { properties } = optionsParam(
      'Options.',
      ['left_out'],
      [
        family('a', Type.Object({ size: integer(1), left_out: integer(1), own: integer(5) })),
        family('b', Type.Object({ size: integer(2) })),
      ],
    );
    expect(Object.keys(properties)).toEqual(['size', 'own']);
    expect(properties['size']).toMatchObject({ type: 'integer', description: 'Size. Default: 1 (a), 2 (b).' });
    expect(properties['own']).toMatchObject({ description: 'Size. Only for a. Default: 5.' });
    for (const schema of Object.values(properties)) expect(schema).not.toHaveProperty('default');
  });

  it('offers both where families take different values', () => {
    const { properties } = optionsParam(
      'Options.',
      [],
      [family('a', Type.Object({ size: integer(1) })), family('b', Type.Object({ size: integer(1, 20) }))],
    );
    expect(properties['size']?.['anyOf']).toMatchObject([{ maximum: 10 }, { maximum: 20 }]);
  });
});
