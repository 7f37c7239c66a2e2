// Node type `collect-values`: the values of a sweep as one list.
import { Type } from '@sinclair/typebox';
import { defineNode } from '../../runtime/contracts/define.ts';
import { valueKind } from '../kinds/value.ts';

export const collectValues = defineNode({
  type: 'collect-values',
  version: 2,
  doc: 'Lists the values of all points of a sweep, in the order of the sweep, each with its point.',
  params: Type.Object({}, { additionalProperties: false }),
  inputs: { values: { kind: valueKind, many: true, doc: 'The values.' } },
  outputs: { value: { kind: valueKind, doc: 'A list of { axes, value }.' } },
  light: true,
  examples: [
    `pipeline: collected
steps:
  number: { use: constant, each: { value: [1, 2, 3] } }
  list: { use: collect-values, from: { values: number } }
`,
  ],
  async run(context) {
    const list = await Promise.all(
      context.inputs.values.map(async (input) => ({ axes: input.axes, value: await input.value<unknown>() })),
    );
    return { value: await context.json(valueKind, list) };
  },
});
