// Types of `defineNode`, checked by the compiler: `tsc -p tsconfig.test.json` fails if a line that is marked as an
// error is correct, or if any other line is not. Nothing here is executed.
import { Type } from '@sinclair/typebox';
import { defineKind } from '../../../src/runtime/contracts/artifact.ts';
import { defineNode } from '../../../src/runtime/contracts/define.ts';
import type {
  CheckContext,
  InputArtifact,
  Inputs,
  RunContext,
  UpstreamStep,
} from '../../../src/runtime/contracts/define.ts';

const kind = defineKind({ name: 'number', doc: 'A number.', codec: 'json' });
const ports = {
  one: { kind, doc: 'One.' },
  maybe: { kind, doc: 'One or none.', optional: true },
  many: { kind, doc: 'Several.', many: true },
  several: { kind, doc: 'Several or none.', many: true, optional: true },
} as const;
const params = Type.Object({ rate: Type.Number(), name: Type.Optional(Type.String()) });

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const holds = <T extends true>(): T | undefined => undefined;

export const inputsByPort = [
  holds<Same<Inputs<typeof ports>['one'], InputArtifact>>(),
  holds<Same<Inputs<typeof ports>['maybe'], InputArtifact | undefined>>(),
  holds<Same<Inputs<typeof ports>['many'], readonly InputArtifact[]>>(),
  holds<Same<Inputs<typeof ports>['several'], readonly InputArtifact[] | undefined>>(),
  // @ts-expect-error An optional port may be absent.
  holds<Same<Inputs<typeof ports>['maybe'], InputArtifact>>(),
  // @ts-expect-error A port that collects is a list.
  holds<Same<Inputs<typeof ports>['many'], InputArtifact>>(),
];

type Check = CheckContext<typeof params, typeof ports>;
export const checksByPort = [
  holds<Same<Check['inputs']['one'], UpstreamStep | undefined>>(),
  holds<Same<Check['inputs']['many'], readonly UpstreamStep[] | undefined>>(),
  holds<Same<Check['params'], { name?: string; rate: number }>>(),
];

export async function uses(context: RunContext<typeof params, typeof ports>): Promise<void> {
  await context.inputs.one.value();
  await context.inputs.maybe?.value();
  await context.inputs.many[0]?.value();
  // @ts-expect-error It may be absent.
  await context.inputs.maybe.value();
  // @ts-expect-error It is a list.
  await context.inputs.many.value();
  // @ts-expect-error There is no such port.
  await context.inputs.other.value();
  // @ts-expect-error There is no such parameter.
  context.warn(context.params.rat);
  // @ts-expect-error It is a number.
  context.warn(context.params.rate);
}

const common = { version: 1, doc: 'D.', params, inputs: ports, examples: [] } as const;
const artifact = { kind: 'number', digest: '' } as never;

export const good = defineNode({
  ...common,
  type: 'good',
  outputs: { out: { kind, doc: 'O.' } },
  run: () => Promise.resolve({ out: artifact }),
});

export const wrongOutput = defineNode({
  ...common,
  type: 'wrong-output',
  outputs: { out: { kind, doc: 'O.' } },
  // @ts-expect-error The output is called `out`.
  run: () => Promise.resolve({ other: artifact }),
});

export const noDoc = defineNode({
  ...common,
  type: 'no-doc',
  // @ts-expect-error Every output says what it is.
  outputs: { out: { kind } },
  run: () => Promise.resolve({ out: artifact }),
});

export const wrongOver = defineNode({
  ...common,
  type: 'wrong-over',
  outputs: { out: { kind, doc: 'O.' } },
  // @ts-expect-error There is no such port.
  items: { over: 'others', batch: 1, run: () => Promise.resolve() },
});
