// State of a training after an epoch, as bytes: a JSON header, then the values of all tensors in the order of the
// header, as little-endian float32.
import type { Static } from '@sinclair/typebox';
import { Type } from '@sinclair/typebox';
import { Check } from '@sinclair/typebox/value';
import type { Tensor } from '../../../network/tensor.ts';
import { elementCount, tensorBytes, tensorData } from '../../../network/tensor.ts';
import { expectedTensors, type Architecture } from '../../../network/zoo/architecture.ts';
import type { Row } from '../../../runtime/contracts/artifact.ts';

export interface TrainingState {
  /** Number of completed epochs. */
  readonly epoch: number;
  /** Rows of the history so far. */
  readonly history: readonly Row[];
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly momentum: ReadonlyMap<string, Tensor>;
}

const format = 'training/2';

const headSchema = Type.Object({
  format: Type.Literal(format),
  epoch: Type.Integer({ minimum: 1 }),
  history: Type.Array(Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()]))),
  /** Tensors, in the order in which their values follow the header. */
  tensors: Type.Array(
    Type.Object({
      part: Type.Union([Type.Literal('weights'), Type.Literal('momentum')]),
      name: Type.String(),
      shape: Type.Array(Type.Integer({ minimum: 0 })),
    }),
  ),
});

type Head = Static<typeof headSchema>;

export function encodeState({ epoch, history, weights, momentum }: TrainingState): Uint8Array {
  const entries = [
    ...[...weights].map(([name, tensor]) => ({ part: 'weights' as const, name, tensor })),
    ...[...momentum].map(([name, tensor]) => ({ part: 'momentum' as const, name, tensor })),
  ];
  const tensors = entries.map(({ part, name, tensor }) => ({ part, name, shape: tensor.shape }));
  const head = new TextEncoder().encode(JSON.stringify({ format, epoch, history, tensors }));
  const length = entries.reduce((sum, { tensor }) => sum + 4 * tensor.data.length, 4 + head.length);
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, 4);
  let at = 4 + head.length;
  for (const { tensor } of entries) {
    bytes.set(tensorBytes(tensor.data), at);
    at += 4 * tensor.data.length;
  }
  return bytes;
}

/**
 * Decodes a checkpoint. Returns undefined for bytes in any other format; the training then starts from the beginning.
 */
export function decodeState(bytes: Uint8Array): TrainingState | undefined {
  if (bytes.length < 4) return undefined;
  const headLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (4 + headLength > bytes.length) return undefined;
  const head = parseHead(bytes.subarray(4, 4 + headLength));
  if (!head) return undefined;
  const parts = { weights: new Map<string, Tensor>(), momentum: new Map<string, Tensor>() };
  let at = 4 + headLength;
  for (const { part, name, shape } of head.tensors) {
    const end = at + 4 * elementCount(shape);
    if (end > bytes.length || parts[part].has(name)) return undefined;
    parts[part].set(name, { shape, data: tensorData(bytes.subarray(at, end)) });
    at = end;
  }
  return at === bytes.length ? { epoch: head.epoch, history: head.history, ...parts } : undefined;
}

function parseHead(bytes: Uint8Array): Head | undefined {
  try {
    const head: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return Check(headSchema, head) ? head : undefined;
  } catch {
    return undefined;
  }
}

/**
 * True if the state fits the architecture: `weights` has exactly the tensors of the architecture, with their shapes,
 * and `momentum` has some or all of these tensors.
 */
export function fitsArchitecture({ weights, momentum }: TrainingState, architecture: Architecture): boolean {
  const expected = new Map(expectedTensors(architecture).map(({ tensor, shape }) => [tensor, shape.join()]));
  const fits = ([name, { shape }]: readonly [string, Tensor]): boolean => expected.get(name) === shape.join();
  return weights.size === expected.size && [...weights].every(fits) && [...momentum].every(fits);
}
