// Tree of values with their positions. YAML files and pipelines defined in code are both converted to such a tree. This
// file knows nothing of steps or nodes.
import type { SourceRange } from '../contracts/failure.ts';
import type { Json } from '../contracts/graph.ts';

/** Position at which something was written: a range in a file, or a JSON pointer into a pipeline defined in code. */
export type Place = SourceRange | { readonly pointer: string };

export type Written = WrittenScalar | WrittenList | WrittenMap;

export interface WrittenScalar {
  readonly type: 'scalar';
  readonly value: string | number | boolean | null;
  readonly place: Place;
}

export interface WrittenList {
  readonly type: 'list';
  readonly items: readonly Written[];
  readonly place: Place;
}

export interface WrittenMap {
  readonly type: 'map';
  readonly entries: ReadonlyMap<string, WrittenEntry>;
  readonly place: Place;
}

export interface WrittenEntry {
  readonly key: Place;
  readonly value: Written;
}

/** Description of a value for a failure. */
export function describeWritten(value: Written): string {
  if (value.type === 'list') return 'a list';
  if (value.type === 'map') return 'a map';
  return describeJson(value.value);
}

/** Short description of a JSON value for a failure. A text is quoted, so that it differs from a number. */
export function describeJson(value: Json): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = typeof value === 'string' ? `"${value}"` : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** True for null, and for a value that is left out, as in `key:`. */
export function isNothing(value: Written): boolean {
  return value.type === 'scalar' && value.value === null;
}

/** Value as JSON, without positions. */
export function plain(value: Written): Json {
  if (value.type === 'scalar') return value.value;
  if (value.type === 'list') return value.items.map(plain);
  // fromEntries and not assignment, because a key may be `__proto__`
  return Object.fromEntries([...value.entries].map(([name, entry]) => [name, plain(entry.value)]));
}

/**
 * Converts a value defined in code to a tree. Properties that are `undefined` are left out.
 * @throws TypeError for values that JSON cannot represent (functions, NaN, cycles), which are bugs of the calling
 * program
 */
export function written(value: unknown, pointer = ''): Written {
  const place = { pointer };
  if (pointer.length > 10_000) throw new TypeError('the pipeline refers to itself');
  if (value === null || typeof value === 'string' || typeof value === 'boolean')
    return { type: 'scalar', value, place };
  if (typeof value === 'number' && Number.isFinite(value)) return { type: 'scalar', value, place };
  if (Array.isArray(value)) {
    return { type: 'list', items: value.map((item, i) => written(item, `${pointer}/${i}`)), place };
  }
  if (typeof value !== 'object') throw new TypeError(`${pointer || '/'}: ${typeof value} cannot be part of a pipeline`);
  const entries = new Map<string, WrittenEntry>();
  for (const [name, entry] of Object.entries(value)) {
    const below = `${pointer}/${escapePointer(name)}`;
    if (entry !== undefined) entries.set(name, { key: { pointer: below }, value: written(entry, below) });
  }
  return { type: 'map', entries, place };
}

/** Escapes a name for use in a JSON pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Splits a JSON pointer into its parts, unescaped. */
export function pointerParts(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Value at a JSON pointer, with the position of its key if it has one. Undefined if nothing is written there. */
function entryAt(root: Written, pointer: string): Partial<WrittenEntry> | undefined {
  let found: Partial<WrittenEntry> & { readonly value: Written } = { value: root };
  for (const part of pointerParts(pointer)) {
    const { value } = found;
    const next: Written | WrittenEntry | undefined =
      value.type === 'map' ? value.entries.get(part) : value.type === 'list' ? value.items[Number(part)] : undefined;
    if (next === undefined) return undefined;
    found = 'key' in next ? next : { value: next };
  }
  return found;
}

/**
 * Position of the value at a JSON pointer, or of its key if `isKey`. If nothing is written there, position of the
 * innermost written value that would contain it.
 */
export function placeAt(root: Written, pointer: string, isKey = false): Place {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const entry = entryAt(root, at);
    if (entry?.value !== undefined)
      return at === pointer && isKey ? (entry.key ?? entry.value.place) : entry.value.place;
    if (at === '') return root.place;
  }
}
