// From the syntax tree of one YAML document to what was written, in document order. Aliases share what they stand for.
import { isAlias, isCollection, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { Node, Scalar, YAMLMap } from 'yaml';
import type { Failure, Result, SourceRange } from '../contracts/failure.ts';
import { lineAt, lineStarts } from './source-text.ts';
import type { Place, Written, WrittenEntry } from './written.ts';

export const MAX_DEPTH = 200;
/** How many values aliases may stand for in one file; an anchor bomb wants billions. */
const MAX_ALIASED = 100_000;

/** A value, and how many values it stands for with aliases followed. */
interface Sized {
  readonly value: Written;
  readonly size: number;
}

interface Reading {
  readonly text: string;
  readonly file: string;
  readonly failures: Failure[];
  readonly anchors: Map<string, Sized>;
  /** Anchors whose value is being read: an alias to one of them would never end. */
  readonly open: Set<string>;
  aliased: number;
  /** Offsets of lines, once needed. */
  starts?: readonly number[];
  /** Why the tree is of no use. */
  fatal?: Failure;
}

/** Where in the document a node is: how deep, and below which top-level key. */
interface Context {
  readonly depth: number;
  readonly under: string | undefined;
  /** The place that stands for a value that is not there. */
  readonly place: Place;
}

/** `value` is undefined for an empty document. */
export function readTree(
  contents: Node | null,
  text: string,
  file: string,
): Result<{ readonly value: Written | undefined; readonly failures: readonly Failure[] }> {
  const reading: Reading = { text, file, failures: [], anchors: new Map(), open: new Set(), aliased: 0 };
  const { value } = readNode(reading, contents, { depth: 0, under: undefined, place: { file, start: 0, end: 0 } });
  if (reading.fatal !== undefined) return { ok: false, failures: [...reading.failures, reading.fatal] };
  return { ok: true, value: { value: contents === null ? undefined : value, failures: reading.failures } };
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
    else reading.failures.push(duplicate(reading, name, { key, first, isStep: depth === 1 && under === 'steps' }));
  }
  return { value: { type: 'map', entries, place }, size };
}

interface Duplicate {
  readonly key: SourceRange;
  readonly first: WrittenEntry;
  readonly isStep: boolean;
}

function duplicate(reading: Reading, name: string, { key, first, isStep }: Duplicate): Failure {
  reading.starts ??= lineStarts(reading.text);
  const line = 'start' in first.key ? lineAt(reading.starts, first.key.start) + 1 : 0;
  return {
    reason: isStep ? 'duplicate-step' : 'duplicate-key',
    headline: isStep ? `there are two steps named ${name}` : `"${name}" is written twice`,
    values: { first: `line ${line}` },
    help: isStep ? 'Rename one of them.' : 'Keep one of them.',
    range: key,
  };
}

function keyName(reading: Reading, node: Node | null, place: SourceRange): string | undefined {
  const value = isScalar(node) ? node.value : undefined;
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return reading.text.slice(place.start, place.end);
  reading.failures.push({ reason: 'bad-key', headline: 'a key has to be text', range: place });
  return undefined;
}

function followAlias(reading: Reading, name: string, place: SourceRange): Sized {
  const target = reading.anchors.get(name);
  if (target === undefined || reading.open.has(name)) {
    reading.failures.push(unknownAnchor(reading, name, place));
    // Not nothing: that something is missing is not what is wrong.
    return { value: { type: 'scalar', value: '', place }, size: 1 };
  }
  reading.aliased += target.size;
  if (reading.aliased > MAX_ALIASED) {
    reading.fatal ??= {
      reason: 'anchor-bomb',
      headline: 'the aliases of this file stand for too many values',
      values: { allowed: MAX_ALIASED, alias: `*${name}` },
      help: 'Write sweeps with each, and keep long lists in files.',
      range: place,
    };
  }
  return target;
}

function unknownAnchor(reading: Reading, name: string, range: SourceRange): Failure {
  const known = [...reading.anchors.keys()].slice(0, 20).map((anchor) => `&${anchor}`);
  return {
    reason: 'unknown-anchor',
    headline: reading.open.has(name)
      ? `the alias *${name} stands inside what it stands for`
      : `there is no anchor &${name} before this alias`,
    ...(known.length === 0 ? {} : { help: `Anchors: ${known.join(', ')}.` }),
    range,
  };
}

function scalarValue(reading: Reading, node: Scalar, range: SourceRange): string | number | boolean | null {
  const { value, source = '' } = node;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'number') return null;
  const finite = Number.isFinite(value);
  if (finite && (!Number.isInteger(value) || Number.isSafeInteger(value) || /[.eE]/.test(source))) return value;
  reading.failures.push({
    reason: 'inexact-number',
    headline: finite ? `${source} is too large a whole number to be kept exactly` : `${source} is not a finite number`,
    ...(finite ? { help: 'If it is meant as text, put it in quotes.' } : {}),
    range,
  });
  return 0;
}

function checkTag(reading: Reading, node: Node, range: SourceRange): void {
  const tag = 'tag' in node ? node.tag : undefined;
  if (tag === undefined || /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(tag)) return;
  reading.failures.push({
    reason: 'yaml-tag',
    headline: `the tag ${tag.replace('tag:yaml.org,2002:', '!!')} means nothing here`,
    help: 'Remove it: values are text, numbers, true, false, lists and maps.',
    range,
  });
}

export function tooDeep(range: SourceRange): Failure {
  return {
    reason: 'nested-too-deep',
    headline: 'this is nested too deeply',
    values: { allowed: `${MAX_DEPTH} levels` },
    range,
  };
}

function nothing(place: Place): Sized {
  return { value: { type: 'scalar', value: null, place }, size: 1 };
}

function rangeOf(reading: Reading, node: Node): SourceRange {
  const [start = 0] = node.range ?? [];
  return { file: reading.file, start, end: endOf(node) ?? start };
}

/** A block ends with the last value in it; the parser counts what follows on that line, and some comments. */
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
