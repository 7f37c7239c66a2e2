// Canonical JSON: exactly one text per value, whatever the order in which object keys were written. Digests are
// computed from this text. This file knows nothing of keys, artifacts or tables.

/** A plain JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * Canonical text of a value. Equal values give equal texts, and different values give different texts. There are two
 * exceptions, as in JSON.stringify: `-0` is written as `0`, and a property that is `undefined` is left out.
 * @throws TypeError for values that JSON cannot represent exactly: NaN, infinities, bigints, functions, `undefined` in
 * a list, cycles, and objects that are not plain (Map, Date, typed arrays)
 */
export function canonical(value: unknown): string {
  return write(value, 0);
}

/**
 * Matches texts without characters to escape. Most texts are of this form, and the test is faster than JSON.stringify.
 */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

function quote(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Greatest depth of nesting that is accepted. Without a limit, a cyclic value would recurse without end. */
const DEEPEST = 200;

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical JSON form`);
      // Same text as JSON.stringify, but faster. `-0` becomes `0`.
      return String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth > DEEPEST) throw new TypeError(`a value nested deeper than ${DEEPEST} has no canonical JSON form`);
      return Array.isArray(value) ? writeList(value, depth) : writeObject(value, depth);
    default:
      throw new TypeError(`${typeof value} has no canonical JSON form`);
  }
}

function writeList(list: readonly unknown[], depth: number): string {
  let text = '[';
  for (let i = 0; i < list.length; i++) {
    if (i > 0) text += ',';
    text += write(list[i], depth + 1);
  }
  return text + ']';
}

function writeObject(object: object, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${object.constructor.name} has no canonical JSON form`);
  }
  const fields = object as Record<string, unknown>;
  const names = Object.keys(fields);
  // The default sort compares UTF-16 code units, so the order is the same on every machine and in every locale.
  if (!isSorted(names)) names.sort();
  let text = '';
  for (const name of names) {
    const value = fields[name];
    if (value === undefined) continue;
    text += `${text === '' ? '' : ','}${quote(name)}:${write(value, depth + 1)}`;
  }
  return `{${text}}`;
}

function isSorted(names: readonly string[]): boolean {
  for (let i = 1; i < names.length; i++) if ((names[i - 1] as string) > (names[i] as string)) return false;
  return true;
}
