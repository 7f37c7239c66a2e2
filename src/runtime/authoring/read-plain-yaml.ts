// Parser for the subset of YAML in which most pipelines are written: words, numbers and simple quotes, in blocks and in
// brackets. It needs a single pass. Any other file, including a file with mistakes, is left to read-yaml.ts, whose
// parser (package `yaml`) gives the same result but takes ten times as long. A test compares the two parsers.
import type { SourceRange } from '../contracts/failure.ts';
import type { Written, WrittenEntry, WrittenMap } from './written.ts';

const MAX_DEPTH = 50;

/** Pattern of a blank line or a comment line. */
const EMPTY_LINE = / *(?:#[^\n]*)?(?:\n|$)/y;
/** Pattern of the rest of a line after its content: spaces or a comment. */
const LINE_END = /(?: +#[^\n]*| *)(?:\n|$)/y;
const BLANKS = / */y;
/** Pattern of a line break between brackets, with the spaces or the comment before it. */
const BREAK = /(?: +#[^\n]*| *)\n/y;
const KEY = /([A-Za-z_$][\w./$-]{0,99}):(?=[ \n])/y;
const DASH = /- /y;
const WORD = /(?:[A-Za-z_$/]|\.\.?\/)[\w./$-]*/y;
/**
 * Pattern of unquoted text outside of brackets, which may contain spaces and commas. The number of words is bounded so
 * that the match cannot exhaust the stack.
 */
const WORDS = /(?:[A-Za-z_$/]|\.\.?\/)[\w./$-]*(?: +[\w./$-][\w.,;/$()+=%-]*){0,99}/y;
const NUMBER = /-?\d{1,15}(?:\.\d{1,15})?(?:[eE][-+]?\d{1,2})?(?![\w./$:+-])/y;
const QUOTED = /"([^"\\\n]*)"|'([^'\n]*)'(?!')/y;
/** Words that mean null or a boolean, in upper or lower case. */
const CONSTANT = /^(?:null|true|false)$/i;

/** Parses a file within this subset of YAML. Returns undefined for any other file. */
export function readPlainYaml(text: string, file: string): WrittenMap | undefined {
  return text.includes('\r') ? undefined : new PlainReader(text, file).root();
}

/**
 * Recursive-descent parser. Each method continues where the previous one stopped, and returns undefined for text
 * outside the subset.
 */
class PlainReader {
  private readonly text: string;
  private readonly file: string;
  private at = 0;
  /** Indentation of the next line, in spaces. -1 at the end of the file. */
  private indent = 0;
  /** Offset at which the last value ended. */
  private end = 0;

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  root(): WrittenMap | undefined {
    this.nextLine();
    return this.indent === 0 ? this.blockMap(0, 0) : undefined;
  }

  private blockMap(indent: number, depth: number): WrittenMap | undefined {
    const start = this.at;
    const entries = new Map<string, WrittenEntry>();
    while (this.indent === indent) {
      const key = this.at;
      const name = this.key(entries);
      if (name === undefined) return undefined;
      const place = this.range(key, key + name.length);
      const value = this.match(LINE_END) ? this.block(indent, depth + 1) : this.lastOfLine(indent, depth + 1);
      if (value === undefined) return undefined;
      entries.set(name, { key: place, value });
    }
    return this.indent > indent ? undefined : { type: 'map', entries, place: this.range(start, this.end) };
  }

  private blockList(indent: number, depth: number): Written | undefined {
    const start = this.at;
    const items: Written[] = [];
    while (this.indent === indent) {
      const item = this.match(DASH) && this.lastOfLine(indent, depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    }
    return this.indent > indent ? undefined : { type: 'list', items, place: this.range(start, this.end) };
  }

  /** Reads a value on the lines below its key. The key is indented by `above` spaces. */
  private block(above: number, depth: number): Written | undefined {
    this.nextLine();
    if (this.indent <= above || depth > MAX_DEPTH) return undefined;
    return this.text[this.at] === '-' ? this.blockList(this.indent, depth) : this.blockMap(this.indent, depth);
  }

  /** Reads a value and the end of its line. Returns undefined if anything else follows the value on the line. */
  private lastOfLine(indent: number, depth: number): Written | undefined {
    this.match(BLANKS);
    const value = this.value(WORDS, indent, depth);
    this.end = this.at;
    if (value === undefined || !this.match(LINE_END)) return undefined;
    this.nextLine();
    return value;
  }

  private value(words: RegExp, indent: number, depth: number): Written | undefined {
    const start = this.at;
    const first = this.text[start];
    if (depth > MAX_DEPTH) return undefined;
    if (first === '{') return this.flowMap(indent, depth);
    if (first === '[') return this.flowList(indent, depth);
    const value = this.scalar(words);
    return value === undefined ? undefined : { type: 'scalar', value, place: this.range(start, this.at) };
  }

  private scalar(words: RegExp): string | number | boolean | null | undefined {
    const quoted = this.match(QUOTED);
    if (quoted) return quoted[1] ?? quoted[2];
    const number = this.match(NUMBER);
    if (number) return Number(number[0]);
    const text = this.match(words)?.[0];
    if (text === undefined || !CONSTANT.test(text)) return text;
    return text === 'null' ? null : text === 'true' ? true : text === 'false' ? false : undefined;
  }

  private flowMap(indent: number, depth: number): Written | undefined {
    const start = this.at;
    const entries = new Map<string, WrittenEntry>();
    const isRead = this.flow('}', indent, () => {
      const key = this.at;
      const name = this.key(entries);
      if (name === undefined) return false;
      const place = this.range(key, key + name.length);
      const value = this.between(indent) ? this.value(WORD, indent, depth + 1) : undefined;
      if (value !== undefined) entries.set(name, { key: place, value });
      return value !== undefined;
    });
    return isRead ? { type: 'map', entries, place: this.range(start, this.at) } : undefined;
  }

  private flowList(indent: number, depth: number): Written | undefined {
    const start = this.at;
    const items: Written[] = [];
    const isRead = this.flow(']', indent, () => {
      const item = this.value(WORD, indent, depth + 1);
      if (item !== undefined) items.push(item);
      return item !== undefined;
    });
    return isRead ? { type: 'list', items, place: this.range(start, this.at) } : undefined;
  }

  /** Reads from the opening bracket to `close`. `one` reads an entry; commas separate the entries. */
  private flow(close: string, indent: number, one: () => boolean): boolean {
    for (this.at++; this.between(indent); this.at++) {
      if (this.text[this.at] !== close) {
        if (!one() || !this.between(indent)) return false;
      }
      if (this.text[this.at] === close) return ++this.at > 0;
      if (this.text[this.at] !== ',') return false;
    }
    return false;
  }

  /**
   * Skips spaces and line breaks between brackets. Returns false if a line is not indented more than the line with the
   * opening bracket, which has `indent` spaces.
   */
  private between(indent: number): boolean {
    let line: number | undefined;
    while (this.match(BREAK)) line = this.at;
    this.match(BLANKS);
    return line === undefined || this.at - line > indent;
  }

  /** Reads a key with its colon. Returns undefined if it is not a valid key, or if `entries` already has it. */
  private key(entries: ReadonlyMap<string, unknown>): string | undefined {
    const name = this.match(KEY)?.[1];
    return name === undefined || CONSTANT.test(name) || entries.has(name) ? undefined : name;
  }

  private nextLine(): void {
    while (this.at < this.text.length && this.match(EMPTY_LINE));
    const line = this.at;
    this.match(BLANKS);
    this.indent = this.at === this.text.length ? -1 : this.at - line;
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }

  private range(start: number, end: number): SourceRange {
    return { file: this.file, start, end };
  }
}
