// Every pre-image of every digest in the store is formed here, tagged by its record type. Changing one changes all keys.
import { hash } from 'node:crypto';
import { canonical } from './canonical.ts';
import type { Digest, Key } from './artifact.ts';
import type { Axes } from './define.ts';
import type { Json } from './graph.ts';

/** What a port receives: one artifact, or for a `many` port one per point of the sweep, in sweep order. */
export type ActionInput = Digest | readonly (readonly [axes: Axes, digest: Digest])[];

/**
 * What would be computed: everything that can change the outcome, and nothing else. The backend and the machine are not part of
 * it, unless the pipeline asks for that (`numerics`). The action of one item has the same form: its `over` port and the other
 * ports that are sliced hold the digest of the item.
 */
export interface ActionRecord {
  readonly node: string;
  /** Of the node type. */
  readonly version: number;
  /** Digest of the user's module that defines the node type; null for built-in ones. */
  readonly code: Digest | null;
  /** What `code` is made of, by path relative to the module: for `why` alone, and no part of the pre-image. Items go without. */
  readonly codeFiles?: Readonly<Record<string, Digest>>;
  /** Every parameter, defaults filled in; a file parameter is replaced by `{"file": digest}`. */
  readonly params: { readonly [key: string]: Json };
  readonly inputs: Readonly<Record<string, ActionInput>>;
  readonly numerics: { readonly backend: string } | null;
  readonly dtype: 'float32';
}

/** Key of a whole step. Also the seed of its randomness. */
export function actionKey(action: ActionRecord): Key {
  return keyOf('action/1', action);
}

/** Key of one item of a step that maps over items. Also the seed of its randomness. */
export function itemKey(action: ActionRecord): Key {
  return keyOf('item/1', action);
}

function keyOf(tag: 'action/1' | 'item/1', action: ActionRecord): Key {
  const { node, version, code, params, inputs, numerics, dtype } = action;
  return hash('sha256', canonical([tag, node, version, code, params, inputs, numerics, dtype])) as Key;
}

/** Digest of a blob: of its bytes and nothing else, so that any tool can check it. */
export function digestBytes(bytes: Uint8Array): Digest {
  return hash('sha256', bytes) as Digest;
}

/** One file below a folder: its path relative to the folder with `/`, and the digest of its content. */
export type TreeEntry = readonly [path: string, digest: Digest];

/** Digest of a folder named in params: of the relative paths and contents of all files below it. */
export function digestTree(entries: readonly TreeEntry[]): Digest {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return hash('sha256', canonical(['tree/1', sorted])) as Digest;
}

/** Digest of a user's node module: of the relative paths and contents of the files it consists of. */
export function digestCode(entries: readonly TreeEntry[]): Digest {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return hash('sha256', canonical(['code/1', sorted])) as Digest;
}

/** Digest of an item with all that a node can see of it besides its content: its id, label, mask and the like. */
export function digestEntry(entry: object): Digest {
  return hash('sha256', canonical(['entry/1', entry])) as Digest;
}

/** Digest of a step's parameters as they are written: measures of earlier runs are found by it. */
export function digestParams(params: { readonly [key: string]: Json }): Digest {
  return hash('sha256', canonical(['params/1', params])) as Digest;
}

const HEX = /^[0-9a-f]{64}$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && HEX.test(text);
}
