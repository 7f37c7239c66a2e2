// Keys and digests. The pre-image of every digest in the store is formed here; except for blobs, it begins with a tag
// for the type of record. A change in the form of a pre-image invalidates everything that is cached under such digests.
import { hash } from 'node:crypto';
import { canonical } from './canonical.ts';
import type { Json } from './canonical.ts';
import type { Digest, ItemEntry, Key } from './artifact.ts';
import type { Axes } from './define.ts';

/**
 * Input of a port: one digest. For a `many` port: the axes and the digest of every point of the sweep, in sweep order.
 */
export type ActionInput = Digest | readonly (readonly [axes: Axes, digest: Digest])[];

/**
 * Description of a computation: everything that can change its outcome, and nothing else. Backend and machine are
 * included only if the pipeline asks for it (`numerics`). The action of a single item has the same form, with the
 * digest of the item's entry on the ports that are mapped over.
 */
export interface ActionRecord {
  readonly node: string;
  /** Version of the node type. */
  readonly version: number;
  /** Digest of the user's module that defines the node type; null for built-in types. */
  readonly code: Digest | null;
  /**
   * Digests of the files behind `code`, by path relative to the module. Only `why` reads them: they are not part of the
   * pre-image and are absent in actions of items.
   */
  readonly codeFiles?: Readonly<Record<string, Digest>>;
  /** Every parameter, defaults filled in. A file parameter is replaced by `{"file": digest}`. */
  readonly params: { readonly [key: string]: Json };
  /**
   * Versions of the cards that the parameters choose, e.g. `{ 'dataset-format/cub': 1 }`; absent where there are none.
   */
  readonly cards?: Readonly<Record<string, number>>;
  readonly inputs: Readonly<Record<string, ActionInput>>;
  readonly numerics: { readonly backend: string } | null;
  readonly dtype: 'float32';
}

/** Key of a whole step. The key also seeds the step's randomness. */
export function actionKey(action: ActionRecord): Key {
  return keyOf('action/1', action);
}

/** Key of one item of a step that maps over items. The key also seeds the item's randomness. */
export function itemKey(action: ActionRecord): Key {
  return keyOf('item/1', action);
}

function keyOf(tag: 'action/1' | 'item/1', action: ActionRecord): Key {
  const { node, version, code, params, cards, inputs, numerics, dtype } = action;
  const chosen = cards === undefined ? [] : [cards];
  return hash('sha256', canonical([tag, node, version, code, params, inputs, numerics, dtype, ...chosen])) as Key;
}

/** Digest of a blob: plain sha256 of its bytes, so that any tool can check it. */
export function digestBytes(bytes: Uint8Array): Digest {
  return hash('sha256', bytes) as Digest;
}

/** One file below a folder: its path relative to the folder, with `/` as separator, and the digest of its content. */
export type TreeEntry = readonly [path: string, digest: Digest];

/** Digest of a folder named in the parameters. It covers the relative path and the content of every file below it. */
export function digestTree(entries: readonly TreeEntry[]): Digest {
  return hash('sha256', canonical(['tree/1', inOrderOfPaths(entries)])) as Digest;
}

/** Digest of a user's node module. It covers the relative path and the content of each of its files. */
export function digestCode(entries: readonly TreeEntry[]): Digest {
  return hash('sha256', canonical(['code/1', inOrderOfPaths(entries)])) as Digest;
}

/** Sorts entries by UTF-16 code units, so that the order is the same on every machine. Every path occurs once. */
function inOrderOfPaths(entries: readonly TreeEntry[]): readonly TreeEntry[] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * Digest of an item's entry as a node sees it: the id, the content, and the fields that the node reads. If the id
 * equals the digest of the content and the node reads no fields, this digest is returned unchanged.
 */
export function digestEntry({ id, digest, seen = {} }: Pick<ItemEntry, 'id' | 'digest' | 'seen'>): Digest {
  if (id === digest && Object.keys(seen).length === 0) return digest;
  return hash('sha256', canonical(['entry/1', id, digest, seen])) as Digest;
}

/** Digest of a step's parameters. The cost that was measured in earlier runs is looked up by this digest. */
export function digestParams(params: { readonly [key: string]: Json }): Digest {
  return hash('sha256', canonical(['params/1', params])) as Digest;
}

/** Everything that determines a linked graph, apart from the contents of the files that the pipeline names. */
export interface GraphSource {
  /** Build of Lethe, since another build may link differently. */
  readonly build: string;
  readonly file: string;
  /** Folders in which relative paths are looked up. */
  readonly folders: readonly string[];
  readonly text: string;
  /** Text of the file of parameters; null if none is given. */
  readonly paramsText: string | null;
  /** Parameters given for this run. */
  readonly given: unknown;
  /** Names of the built-in node types. */
  readonly types: readonly string[];
}

/** Id under which a linked graph is cached. */
export function digestGraph({ build, file, folders, text, paramsText, given, types }: GraphSource): Digest {
  return hash('sha256', canonical(['graph/2', build, file, folders, text, paramsText, given, types])) as Digest;
}

/**
 * Id of a pipeline's trace: the digest of the path of the pipeline file, or the digest of the pipeline's name if a
 * program defines the pipeline and `file` is null.
 */
export function digestPipeline(file: string | null, pipeline: string): Digest {
  return hash('sha256', canonical(['trace/1', file ?? { pipeline }])) as Digest;
}

/** Digest of all keys of a run, in the order of its steps. */
export function digestRun(entries: readonly (readonly [step: string, key: Key])[]): Digest {
  return hash('sha256', canonical(['run/1', entries])) as Digest;
}

/** Digest of a document id that is too long for the index. It replaces the end of the id. */
export function digestId(id: string): Digest {
  return hash('sha256', canonical(['id/1', id])) as Digest;
}

const HEX = /^[0-9a-f]{64}$/;

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && HEX.test(text);
}
