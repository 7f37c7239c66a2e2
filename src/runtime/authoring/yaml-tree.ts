// Converts the syntax tree of a YAML document to a tree of values, in document order. An alias shares the value of its
// anchor.
import { isAlias, isCollection, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Node, Scalar, YAMLMap } from 'yaml';
import { failed, failure } from '../contracts/failure.ts';
import type { Failure, Result, SourceRange } from '../contracts/failure.ts';
import type { Report } from './report.ts';
import { lineAt, lineStarts } from './source-text.ts';
import type { Place, Written, WrittenEntry } from './written.ts';

export const MAX_DEPTH = 200;
/** Largest number of values to which the aliases of one file may expand. An "anchor bomb" expands to billions. */
const MAX_ALIASED = 100_000;

/** A value, with the number of values that it contains after expanding aliases. */
interface Sized {
  readonly value: Written;
  readonly size: number;
}

export interface TreeSource {
  readonly text: string;
  readonly file: string;
  readonly report: Report;
}

interface Reading extends TreeSource {
  readonly anchors: Map<string, Sized>;
  /** Names of anchors whose value is being read. An alias to such an anchor would expand without end. */
  readonly open: Set<string>;
  aliased: number;
  /** Offsets at which lines begin, computed when first needed. */
  starts?: readonly number[];
  /** Mistake that makes the tree unusable. */
  fatal?: Failure;
}

/** Depth of a node in the document, and the top-level key to which it belongs. */
interface Context {
  readonly depth: number;
  readonly under: string | undefined;
  /** Position to report for a missing value. */
  readonly place: Place;
}

/**
 * Converts a document to a tree of values; undefined for an empty document. Fails if the document is nested too deep or
 * its aliases expand to too many values.
 */
export function readTree(contents: Node | null, source: TreeSource): Result<Written | undefined> {
  const reading: Reading = { ...source, anchors: new Map(), open: new Set(), aliased: 0 };
  const place = { file: source.file, start: 0, end: 0 };
  const { value } = readNode(reading, contents, { depth: 0, under: undefined, place });
  if (reading.fatal !== undefined) return failed(reading.fatal);
  return { ok: true, value: contents === null ? undefined : value };
}

function readNode(reading: Reading, node: Node | null, context: Context): Sized {
  if (node === null || reading.fatal !== undefined) return nothing(context.place);
  const place = rangeOf(reading, node);
  if (context.depth > MAX_DEPTH) {
    reading.fatal = tooDeep(place);
    return nothing(place);
  }
  if (isAlias(node)) return followAlias(reading, node.source, place);
  const anchor = 'anchor' in node ? node.anchor : undefined;
  if (anchor !== undefined) reading.open.add(anchor);
  const read = readContent(reading, node, { ...context, place });
  if (anchor !== undefined) {
    reading.open.delete(anchor);
    reading.anchors.set(anchor, read);
  }
  return read;
}

function readContent(reading: Reading, node: Node, context: Context & { readonly place: Place }): Sized {
  const place = rangeOf(reading, node);
  checkTag(reading, node, place);
  if (isMap(node)) return readMap(reading, node, context);
  if (isSeq(node)) {
    const below = { ...context, depth: context.depth + 1 };
    const items = node.items.map((item) => readNode(reading, item as Node | null, below));
    const size = items.reduce((sum, item) => sum + item.size, 1);
    return { value: { type: 'list', items: items.map(({ value }) => value), place }, size };
  }
  return {
    value: { type: 'scalar', value: isScalar(node) ? scalarValue(reading, node, place) : null, place },
    size: 1,
  };
}

function readMap(reading: Reading, node: YAMLMap, { depth, under }: Context): Sized {
  const place = rangeOf(reading, node);
  const entries = new Map<string, WrittenEntry>();
  let size = 1;
  for (const pair of node.items) {
    const keyNode = pair.key as Node | null;
    const key = keyNode === null ? place : rangeOf(reading, keyNode);
    const name = keyName(reading, keyNode, key);
    const read = readNode(reading, pair.value as Node | null, {
      depth: depth + 1,
      under: depth === 0 ? name : under,
      place: key,
    });
    size += read.size;
    if (name === undefined) continue;
    const first = entries.get(name);
    if (first === undefined) entries.set(name, { key, value: read.value });
    else {
      const reason = depth === 1 && under === 'steps' ? 'duplicate-step' : 'duplicate-key';
      reading.report(key, failure(reason, { name, line: lineOf(reading, first.key) }));
    }
  }
  return { value: { type: 'map', entries, place }, size };
}

function lineOf(reading: Reading, place: Place): number {
  reading.starts ??= lineStarts(reading.text);
  return 'start' in place ? lineAt(reading.starts, place.start) + 1 : 0;
}

function keyName(reading: Reading, node: Node | null, place: SourceRange): string | undefined {
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return reading.text.slice(place.start, place.end);
  reading.report(place, failure('bad-key', undefined));
  return undefined;
}

function followAlias(reading: Reading, name: string, place: SourceRange): Sized {
  const target = reading.anchors.get(name);
  if (target === undefined || reading.open.has(name)) {
    const anchors = [...reading.anchors.keys()].slice(0, 20);
    reading.report(place, failure('unknown-anchor', { name, isInside: reading.open.has(name), anchors }));
    // The value is an empty text, because null would count as left out.
    return { value: { type: 'scalar', value: '', place }, size: 1 };
  }
  reading.aliased += target.size;
  if (reading.aliased > MAX_ALIASED)
    reading.fatal ??= failure('anchor-bomb', { name, allowed: MAX_ALIASED }, { range: place });
  return target;
}

function scalarValue(reading: Reading, node: Scalar, range: SourceRange): string | number | boolean | null {
  const { value, source = '' } = node;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'number') return null;
  const isFinite = Number.isFinite(value);
  if (isFinite && (!Number.isInteger(value) || Number.isSafeInteger(value) || /[.eE]/.test(source))) return value;
  reading.report(range, failure('inexact-number', { source, isFinite }));
  return 0;
}

function checkTag({ report }: Reading, node: Node, range: SourceRange): void {
  const tag = 'tag' in node ? node.tag : undefined;
  if (tag === undefined || /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(tag)) return;
  report(range, failure('yaml-tag', { tag: tag.replace('tag:yaml.org,2002:', '!!') }));
}

export function tooDeep(range: SourceRange): Failure {
  return failure('nested-too-deep', { allowed: MAX_DEPTH }, { range });
}

function nothing(place: Place): Sized {
  return { value: { type: 'scalar', value: null, place }, size: 1 };
}

function rangeOf(reading: Reading, node: Node): SourceRange {
  const [start = 0] = node.range ?? [];
  return { file: reading.file, start, end: endOf(node) ?? start };
}

/**
 * Offset of the end of a node. A block ends with its last value; the parser would include the rest of that line and
 * some comments.
 */
function endOf(node: Node): number | undefined {
  let last: Node | null = node;
  while (isCollection(last) && last.flow !== true) {
    const item: unknown = last.items.at(-1);
    const inner = (isPair(item) ? (item.value ?? item.key) : item) as Node | null | undefined;
    if (inner === undefined || inner === null) break;
    last = inner;
  }
  return last.range?.[1];
}
