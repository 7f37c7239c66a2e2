// What a user wrote, as a tree of values with their places: the common form of a YAML file and of a pipeline defined in code.
// It knows nothing of steps or nodes.
import type { Failure, SourceRange } from '../contracts/failure.ts';
import type { Json } from '../contracts/graph.ts';

/** Where something was written: a range of a file, or a JSON pointer into a pipeline defined in code. */
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

/** A failure that points at where the mistake was written. */
export function mistake(place: Place, failure: Failure): Failure {
  if (!('pointer' in place)) return { ...failure, range: place };
  return { ...failure, values: { at: place.pointer || '/', ...failure.values } };
}

/** What a failure calls a value. */
export function describeWritten(value: Written): string {
  if (value.type === 'list') return 'a list';
  if (value.type === 'map') return 'a map';
  return describeJson(value.value);
}

/** What a failure calls a value: short, and such that text and number differ. */
export function describeJson(value: Json): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const text = typeof value === 'string' ? `"${value}"` : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** The plain value. */
export function plain(value: Written): Json {
  if (value.type === 'scalar') return value.value;
  if (value.type === 'list') return value.items.map(plain);
  // Not assignment: a key may be `__proto__`.
  return Object.fromEntries([...value.entries].map(([name, entry]) => [name, plain(entry.value)]));
}

/**
 * The tree of a value made in code. Properties that are `undefined` are left out.
 *
 * @throws TypeError for what JSON cannot carry (functions, NaN, cycles): a bug of the calling program.
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

/** One part of a JSON pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

export function unescapePointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Where the value at a JSON pointer was written; of the nearest value around it if it was not. */
export function placeAt(root: Written, pointer: string, key = false): Place {
  let value = root;
  let place = root.place;
  for (const part of unescapePointer(pointer)) {
    if (value.type === 'map') {
      const entry = value.entries.get(part);
      if (entry === undefined) return value.place;
      place = key ? entry.key : entry.value.place;
      value = entry.value;
    } else if (value.type === 'list') {
      const item = value.items[Number(part)];
      if (item === undefined) return value.place;
      place = item.place;
      value = item;
    } else return value.place;
  }
  return place;
}
