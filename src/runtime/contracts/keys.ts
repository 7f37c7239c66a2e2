// Every pre-image of every digest in the store is formed here, tagged by its record type. Changing one loses what caches hold under it.
import { hash } from 'node:crypto';
import { canonical } from './canonical.ts';
import type { Json } from './canonical.ts';
import type { Digest, ItemEntry, Key } from './artifact.ts';
import type { Axes } from './define.ts';

/** Input of a port: one artifact, or for a `many` port one per point of the sweep, in sweep order. */
export type ActionInput = Digest | readonly (readonly [axes: Axes, digest: Digest])[];

/**
 * Description of a computation: everything that can change its outcome, and nothing else. The backend and the machine are part of
 * it only where the pipeline asks for that (`numerics`). The action of one item has the same form: the ports that are sliced hold
 * the digest of the item's entry.
 */
export interface ActionRecord {
  readonly node: string;
  /** Version of the node type. */
  readonly version: number;
  /** Digest of the user's module that defines the node type; null for built-in ones. */
  readonly code: Digest | null;
  /** Digests of the files behind `code`, by path relative to the module: for `why` alone, no part of the pre-image, absent in items. */
  readonly codeFiles?: Readonly<Record<string, Digest>>;
  /** Every parameter, defaults filled in; a file parameter is replaced by `{"file": digest}`. */
  readonly params: { readonly [key: string]: Json };
  /** Versions of the cards that the parameters choose, e.g. `{ 'dataset-format/cub': 1 }`; absent where there are none. */
  readonly cards?: Readonly<Record<string, number>>;
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
  const { node, version, code, params, cards, inputs, numerics, dtype } = action;
  const chosen = cards === undefined ? [] : [cards];
  return hash('sha256', canonical([tag, node, version, code, params, inputs, numerics, dtype, ...chosen])) as Key;
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

/**
 * Digest of an item's entry as a node sees it: id, content, and the fields that the node reads. It is that of the content where there
 * is nothing else to tell.
 */
export function digestEntry({ id, digest, seen = {} }: Pick<ItemEntry, 'id' | 'digest' | 'seen'>): Digest {
  if (id === digest && Object.keys(seen).length === 0) return digest;
  return hash('sha256', canonical(['entry/1', id, digest, seen])) as Digest;
}

/** Digest of a step's parameters as they are written: cost measured in earlier runs is found by it. */
export function digestParams(params: { readonly [key: string]: Json }): Digest {
  return hash('sha256', canonical(['params/1', params])) as Digest;
}

/** Everything that a linked graph follows from, besides the files it names. */
export interface GraphSource {
  /** Build of Lethe. */
  readonly build: string;
  readonly file: string;
  /** Folders in which relative paths are looked up. */
  readonly folders: readonly string[];
  readonly text: string;
  /** Text of the file of parameters, if there is one. */
  readonly paramsText: string | null;
  /** Parameters given for the run. */
  readonly given: unknown;
  /** Built-in node types. */
  readonly types: readonly string[];
}

/** Id under which a linked graph is remembered. */
export function digestGraph({ build, file, folders, text, paramsText, given, types }: GraphSource): Digest {
  return hash('sha256', canonical(['graph/2', build, file, folders, text, paramsText, given, types])) as Digest;
}

/** Id of a pipeline's trace: by its file, or by its name where a program defines it (`file` is null). */
export function digestPipeline(file: string | null, pipeline: string): Digest {
  return hash('sha256', canonical(['trace/1', file ?? { pipeline }])) as Digest;
}

/** Digest of the keys of a run, in the order of its steps. */
export function digestRun(entries: readonly (readonly [step: string, key: Key])[]): Digest {
  return hash('sha256', canonical(['run/1', entries])) as Digest;
}

/** Digest of a document's id that is too long for the index. */
export function digestId(id: string): Digest {
  return hash('sha256', canonical(['id/1', id])) as Digest;
}

const HEX = /^[0-9a-f]{64}$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && HEX.test(text);
}
