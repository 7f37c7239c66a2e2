// Parses YAML text to a tree of values with positions. Mistakes in the syntax are found here; mistakes in the meaning
// are found later.
import { parseDocument } from 'yaml';
import type { Document } from 'yaml';
import { failed, failure } from '../contracts/failure.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import type { Report } from './report.ts';
import { lineAt, lineStarts } from './source-text.ts';
import type { Written } from './written.ts';
import { MAX_DEPTH, readTree, tooDeep } from './yaml-tree.ts';

/**
 * Parses a YAML document. The value is undefined for an empty document. Fails for invalid syntax. Duplicate keys and
 * unsupported values are reported.
 */
export function readYaml(text: string, file: string, report: Report): Result<Written | undefined> {
  const deep = findDepth(text);
  if (deep !== undefined) return failed(tooDeep({ file, start: deep, end: deep + 1 }));
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: 'error', schema: 'core' });
  } catch (error) {
    if (error instanceof RangeError) return failed(tooDeep({ file, start: 0, end: 0 }));
    throw error;
  }
  const broken = document.errors.filter((error) => error.code !== 'TAG_RESOLVE_FAILED');
  if (broken.length > 0) return { ok: false, failures: syntaxFailures(broken, text, file) };
  return readTree(document.contents, { text, file, report });
}

/**
 * Offset of the first bracket or dash that is nested too deep; undefined if there is none. The package `yaml` would
 * take minutes to report it.
 */
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

/**
 * Failures for syntax errors. A single broken bracket causes many errors, so only the first error per line is reported.
 */
function syntaxFailures(errors: readonly YamlMistake[], text: string, file: string): Failure[] {
  const starts = lineStarts(text);
  const lines = new Set<number>();
  const failures: Failure[] = [];
  for (const { code, message, pos } of errors) {
    const line = lineAt(starts, pos[0]);
    if (lines.has(line) || failures.length === 20) continue;
    lines.add(line);
    const end = Math.max(pos[0] + 1, code === 'MULTIPLE_DOCS' ? pos[0] + 3 : pos[1]);
    failures.push(failure('yaml-syntax', { code, message }, { range: { file, start: pos[0], end } }));
  }
  return failures;
}
