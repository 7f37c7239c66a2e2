// Node type `constant`: a value written in the pipeline, as an artifact.
import { Type } from '@sinclair/typebox';
import { defineNode } from '../../runtime/contracts/define.ts';
import { valueKind } from '../kinds/value.ts';

export const constant = defineNode({
  type: 'constant',
  version: 2,
  doc: 'Gives a value that is written in the pipeline.',
  params: Type.Object({ value: Type.Unknown({ description: 'Any JSON value.' }) }, { additionalProperties: false }),
  inputs: {},
  outputs: { value: { kind: valueKind, doc: 'The value.' } },
  light: true,
  examples: [
    `pipeline: a-constant
steps:
  answer: { use: constant, with: { value: { text: forty-two, number: 42 } } }
`,
  ],
  async run(context) {
    return { value: await context.json(valueKind, context.params.value) };
  },
});
