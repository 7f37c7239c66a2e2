// `checkNode`: mistakes that it finds in node types. test/nodes/contract.test.ts shows that it accepts correct ones.
import { Type } from '@sinclair/typebox';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { loadBackend } from '../src/compute/backend.ts';
import { valueKind } from '../src/kinds.ts';
import { defineKind } from '../src/runtime/contracts/artifact.ts';
import { defineNode } from '../src/runtime/contracts/define.ts';
import type { RunContext } from '../src/runtime/contracts/define.ts';
import { checkNode } from '../src/testing.ts';

type Run = (context: RunContext<ReturnType<typeof Type.Object>, Record<string, never>>) => Promise<unknown>;

/** A node type that returns a value; `over` replaces parts of its definition. */
function node(run: Run, over: { readonly doc?: string; readonly examples?: readonly string[] } = {}) {
  return defineNode({
    type: 'give-value',
    version: 1,
    doc: 'Gives a value.',
    params: Type.Object({ size: Type.Number({ default: 1, description: 'Size of the value.' }) }),
    inputs: {},
    outputs: { value: { kind: valueKind, doc: 'The value given.' } },
    examples: ['pipeline: p\nsteps: { one: { use: give-value } }\n'],
    ...over,
    run: async (context) => ({ value: await context.json(valueKind, await run(context as never)) }),
  });
}

it('passes a node type that keeps the contract', async () => {
  await checkNode(node(async ({ params }) => params));
});

it('finds what is not documented, and examples that are missing, broken or about something else', async () => {
  const examples = [
    'pipeline: p\nsteps: { one: { use: constant, with: { value: 1 } } }\n',
    'steps: [',
    'pipeline: p\nsteps: { one: { use: give-valu } }\n',
  ];
  const checked = checkNode(node(async () => 1, { doc: 'A value', examples }));
  await expect(checked).rejects.toThrow(/^the node type give-value breaks its contract:\n/);
  await expect(checked).rejects.toThrow('- the "doc" of the node type is not a sentence: A value\n');
  await expect(checked).rejects.toThrow('- example 1: no step uses give-value\n');
  await expect(checked).rejects.toThrow('- example 2: it cannot be read: ');
  await expect(checked).rejects.toThrow(/- example 3: .*there is no node type give-valu\n[^]*did you mean: give-value/);
  await expect(checkNode(node(async () => 1, { examples: [] }))).rejects.toThrow('- there are no "examples"');
});

it('finds an example that fails, with its message', async () => {
  const broken = node(() => Promise.reject(new Error('the lens is dirty')));
  await expect(checkNode(broken)).rejects.toThrow(/- example 1: .*the lens is dirty/);
});

it('finds results that are not reproducible', async () => {
  await expect(checkNode(node(async () => Math.random()))).rejects.toThrow(
    '- example 1: two runs give different outputs of one',
  );
});

it('finds an output of another kind than declared', async () => {
  const other = defineKind({ name: 'other', doc: 'Something else.', codec: 'json' });
  const right = node(async () => 1);
  const wrong: typeof right = { ...right, run: async (context) => ({ value: await context.json(other, 1) }) };
  await expect(checkNode(wrong)).rejects.toThrow(/- example 1: .*declared as value/);
});

it('finds tensors that are not disposed', async () => {
  await loadBackend('cpu');
  const made: tf.Tensor[] = [];
  const leaking = node(async () => {
    made.push(tf.zeros([2]), tf.zeros([2]));
    return 1;
  });
  await expect(checkNode(leaking)).rejects.toThrow(
    '- example 1: it does not dispose of its tensors: a second run leaves 2 more',
  );
  tf.dispose(made);
});

it('finds an invalid definition', async () => {
  const wrong = { ...node(async () => 1), type: 'Give Value', version: 0 };
  await expect(checkNode(wrong)).rejects.toThrow(/"type" has to be in kebab-case[^]*"version" has to be/);
});
