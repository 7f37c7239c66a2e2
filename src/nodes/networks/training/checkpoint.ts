// A training at the end of an epoch, as bytes: a JSON head, then the values of all tensors in its order, little-endian float32.
import type { Tensor } from '../../../network/tensor.ts';
import { elementCount, tensorBytes, tensorData } from '../../../network/tensor.ts';
import type { Row } from '../../../runtime/contracts/artifact.ts';

export interface TrainingState {
  /** Epochs done. */
  readonly epoch: number;
  /** Rows of the history so far. */
  readonly history: readonly Row[];
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly momentum: ReadonlyMap<string, Tensor>;
}

interface Head {
  readonly format: typeof format;
  readonly epoch: number;
  readonly history: readonly Row[];
  readonly tensors: readonly {
    readonly part: 'weights' | 'momentum';
    readonly name: string;
    readonly shape: readonly number[];
  }[];
}

const format = 'training/2';

export function encodeState({ epoch, history, weights, momentum }: TrainingState): Uint8Array {
  const entries = [
    ...[...weights].map(([name, tensor]) => ({ part: 'weights' as const, name, tensor })),
    ...[...momentum].map(([name, tensor]) => ({ part: 'momentum' as const, name, tensor })),
  ];
  const tensors = entries.map(({ part, name, tensor }) => ({ part, name, shape: tensor.shape }));
  const head = new TextEncoder().encode(JSON.stringify({ format, epoch, history, tensors } satisfies Head));
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

/** Undefined for bytes of another format or length: the training then starts anew. */
export function decodeState(bytes: Uint8Array): TrainingState | undefined {
  if (bytes.length < 4) return undefined;
  const headLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (4 + headLength > bytes.length) return undefined;
  const head = parseHead(new TextDecoder().decode(bytes.subarray(4, 4 + headLength)));
  if (!head) return undefined;
  const parts = { weights: new Map<string, Tensor>(), momentum: new Map<string, Tensor>() };
  let at = 4 + headLength;
  for (const { part, name, shape } of head.tensors) {
    const end = at + 4 * elementCount(shape);
    if (end > bytes.length) return undefined;
    parts[part].set(name, { shape, data: tensorData(bytes.subarray(at, end)) });
    at = end;
  }
  return at === bytes.length ? { epoch: head.epoch, history: head.history, ...parts } : undefined;
}

function parseHead(text: string): Head | undefined {
  try {
    const head = JSON.parse(text) as Head;
    return (head.format as string) === format ? head : undefined;
  } catch {
    return undefined;
  }
}
