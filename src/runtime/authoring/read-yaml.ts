// From YAML text to what was written, with places. All mistakes of the notation are found here, none of the meaning.
import { parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { Failure, Result } from '../contracts/failure.ts';
import { lineAt, lineStarts } from './source-text.ts';
import type { Written } from './written.ts';
import { MAX_DEPTH, readTree, tooDeep } from './yaml-tree.ts';

/** `value` is undefined for an empty file. Mistakes that leave the tree usable come with it in `failures`. */
export interface YamlTree {
  readonly value: Written | undefined;
  readonly failures: readonly Failure[];
}

/** Reads one YAML document. Fails where its notation is broken; duplicate keys and odd values are reported beside the tree. */
export function readYaml(text: string, file: string): Result<YamlTree> {
  const deep = findDepth(text);
  if (deep !== undefined) return { ok: false, failures: [tooDeep({ file, start: deep, end: deep + 1 })] };
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'error', schema: 'core' });
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, failures: [tooDeep({ file, start: 0, end: 0 })] };
    throw error;
  }
  const broken = document.errors.filter((error) => error.code !== 'TAG_RESOLVE_FAILED');
  if (broken.length > 0) return { ok: false, failures: syntaxFailures(broken, text, file) };
  return readTree(document.contents, text, file);
}

/** Offset of a bracket or dash that is nested absurdly deep: the parser would take minutes to say so. */
function findDepth(text: string): number | undefined {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH * 5) return i;
    } else if ((code === 0x5d || code === 0x7d) && depth > 0) depth--;
  }
  const dashes = new RegExp(`(?:[-?][ \\t]+){${MAX_DEPTH + 1}}`).exec(text);
  return dashes?.index;
}

interface YamlMistake {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** One broken bracket makes a parser stumble many times: of the errors on one line only the first is told. */
function syntaxFailures(errors: readonly YamlMistake[], text: string, file: string): Failure[] {
  const starts = lineStarts(text);
  const lines = new Set<number>();
  const failures: Failure[] = [];
  for (const { code, message, pos } of errors) {
    const line = lineAt(starts, pos[0]);
    if (lines.has(line) || failures.length === 20) continue;
    lines.add(line);
    const sentence = message.charAt(0).toLowerCase() + message.slice(1);
    failures.push({
      reason: 'yaml-syntax',
      headline: `this is not YAML: ${code === 'MULTIPLE_DOCS' ? 'a second document begins here' : sentence}`,
      help: HELP[code] ?? 'Look at the brackets, quotes and indentation here and just above.',
      range: { file, start: pos[0], end: Math.max(pos[0] + 1, code === 'MULTIPLE_DOCS' ? pos[0] + 3 : pos[1]) },
    });
  }
  return failures;
}

const HELP: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  BLOCK_AS_IMPLICIT_KEY: 'Put the inner key on a line of its own, or the value in quotes.',
  MULTIPLE_DOCS: 'A file holds one pipeline: remove what follows ---.',
  BAD_SCALAR_START: 'Put the text in quotes.',
};
