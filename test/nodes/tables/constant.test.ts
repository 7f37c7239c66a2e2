import { describe, expect, it } from 'vitest';
import { collectValues } from '../../../src/nodes/tables/collect-values.ts';
import { constant } from '../../../src/nodes/tables/constant.ts';
import { memoryStore, runNode } from '../node-rig.ts';

describe('constant and collect-values', () => {
  it('pass values on, in the order of the sweep', async () => {
    const store = memoryStore();
    const values = [{ a: [1, null] }, 'text', 0, false];
    const made = await Promise.all(
      values.map(async (value) => (await runNode(constant, { params: { value }, store })).outputs['value']!),
    );
    expect(await Promise.all(made.map((artifact) => artifact.value()))).toEqual(values);
    const inputs = { values: made.map((artifact, i) => store.open(artifact, { point: i })) };
    const list = (await runNode(collectValues, { inputs, store })).outputs['value']!;
    expect(await list.value()).toEqual(values.map((value, i) => ({ axes: { point: i }, value })));
  });
});
