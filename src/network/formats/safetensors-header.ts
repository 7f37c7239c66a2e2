// Parses the header of a safetensors file: eight bytes with the length of a JSON text, then the JSON text with the
// name, type, shape and position of every tensor. The header is checked completely before any value is read. Pure.
import { fail, failure } from '../../runtime/contracts/failure.ts';
import { elementCount } from '../tensor.ts';

/** Bytes per element, by type. */
export const DTYPES: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
};

export interface TensorEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Offsets in the file: the tensor's bytes are from `start` up to, but not including, `end`. */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** Tensors by name, in the order of their bytes in the file. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Longest accepted header in bytes, as in the reference implementation of the format. */
export const MAX_HEADER = 100_000_000;

function refuse(file: string, problem: string, found: Readonly<Record<string, string | number>> = {}): never {
  return fail(failure('bad-weights', { file, format: 'safetensors', problem, found }));
}

/** True if a file begins like a safetensors file: a length, then the opening brace of the header. */
export function looksLikeSafetensors(first: Uint8Array): boolean {
  return first[8] === 0x7b;
}

/** Returns the length of the JSON header in bytes. `first` is the beginning of a file of `size` bytes. */
export function headerLength(first: Uint8Array, size: number, file: string): number {
  if (first.length < 8) refuse(file, 'it ends within the header length', { bytes: size, needed: 8 });
  const length = new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true);
  if (length <= BigInt(MAX_HEADER) && Number(length) + 8 <= size) return Number(length);
  if (length > BigInt(MAX_HEADER))
    refuse(file, `its header has a length of ${length} bytes`, { bytes: size, 'longest allowed': MAX_HEADER });
  return refuse(file, 'it ends within the header', { bytes: size, needed: Number(length) + 8 });
}

/**
 * Parses and checks the JSON header. `json` is the header without its eight length bytes. `size` is the size of the
 * whole file in bytes.
 */
export function parseHeader(json: Uint8Array, size: number, file: string): SafetensorsHeader {
  const { parsed, text } = parseJson(json, file);
  const twice = duplicateKey(text);
  if (twice !== undefined) refuse(file, `two tensors have the same name`, { tensor: twice });
  const base = json.length + 8;
  const entries: TensorEntry[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (name === '__metadata__') metadata = checkMetadata(value, file);
    else entries.push(checkEntry(name, value, base, size, file));
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  checkLayout(entries, base, size, file);
  return { tensors: new Map(entries.map((entry) => [entry.name, entry])), metadata };
}

function parseJson(
  json: Uint8Array,
  file: string,
): { readonly parsed: Readonly<Record<string, unknown>>; readonly text: string } {
  let parsed: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(json);
    parsed = JSON.parse(text);
  } catch (error) {
    return refuse(file, 'its header is not JSON', { error: error instanceof Error ? error.message : String(error) });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return refuse(file, 'its header is not a JSON object');
  return { parsed: parsed as Readonly<Record<string, unknown>>, text };
}

function checkMetadata(value: unknown, file: string): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Object.values(value).some((entry) => typeof entry !== 'string')) {
    refuse(file, 'its __metadata__ is not a map of strings');
  }
  return value as Readonly<Record<string, string>>;
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function checkEntry(name: string, value: unknown, base: number, size: number, file: string): TensorEntry {
  const {
    dtype,
    shape,
    data_offsets: offsets,
  } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const width = typeof dtype === 'string' && Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype] : undefined;
  if (width === undefined)
    refuse(file, 'a tensor is of an unknown type', {
      tensor: name,
      dtype: String(dtype),
      known: Object.keys(DTYPES).join(', '),
    });
  if (!Array.isArray(shape) || !shape.every(isSize))
    return refuse(file, 'the shape of a tensor is not a list of sizes', { tensor: name, shape: JSON.stringify(shape) });
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    return refuse(file, 'the offsets of a tensor are not two numbers', {
      tensor: name,
      offsets: JSON.stringify(offsets),
    });
  }
  const [from, to] = offsets as [number, number];
  const values = { tensor: name, offsets: `${from}..${to}`, 'data bytes': size - base };
  if (to < from || base + to > size)
    refuse(file, base + to > size ? 'it ends within a tensor' : 'a tensor ends before it starts', values);
  const needed = elementCount(shape) * width;
  if (needed !== to - from)
    refuse(file, 'the bytes of a tensor do not fit its shape', {
      ...values,
      shape: `[${shape.join(', ')}] ${String(dtype)}`,
      needed,
      found: to - from,
    });
  return { name, dtype: dtype as string, shape: shape, start: base + from, end: base + to };
}

/** Checks that the tensors follow each other without gaps or overlaps and fill the file. */
function checkLayout(entries: readonly TensorEntry[], base: number, size: number, file: string): void {
  let end = base;
  let last = 'the header';
  for (const entry of entries) {
    if (entry.start < end)
      refuse(file, 'two tensors overlap', { tensors: `${last} and ${entry.name}`, bytes: end - entry.start });
    if (entry.start > end)
      refuse(file, 'there are bytes that belong to no tensor', {
        between: `${last} and ${entry.name}`,
        bytes: entry.start - end,
      });
    [end, last] = [entry.end, entry.name];
  }
  if (end !== size) refuse(file, 'there are bytes that belong to no tensor', { after: last, bytes: size - end });
}

/**
 * Returns the first key that occurs twice at the top level of valid JSON text; undefined if all keys differ. JSON.parse
 * would silently use the last value of such a key.
 */
function duplicateKey(text: string): string | undefined {
  const seen = new Set<string>();
  const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gsu;
  let depth = 0;
  let key: string | undefined;
  for (const [part] of text.matchAll(token)) {
    if (part === '{' || part === '[') depth++;
    else if (part === '}' || part === ']') depth--;
    else if (part === ':' && depth === 1 && key !== undefined) {
      if (seen.has(key)) return key;
      seen.add(key);
    }
    key = part.startsWith('"') ? (JSON.parse(part) as string) : undefined;
  }
  return undefined;
}
