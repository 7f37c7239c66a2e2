// Failures of the notation of a pipeline file: what is wrong with it as YAML.
import type { Words } from '../words.ts';

/** Help by the code of the YAML parser. */
const SYNTAX_HELP: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  BLOCK_AS_IMPLICIT_KEY: 'Put the inner key on a line of its own, or the value in quotes.',
  MULTIPLE_DOCS: 'A file holds one pipeline: remove what follows ---.',
  BAD_SCALAR_START: 'Put the text in quotes.',
};

export const notationFailures = {
  /** An error of the YAML parser, with its code and its message. */
  'yaml-syntax': ({ code, message }: { readonly code: string; readonly message: string }): Words => ({
    headline: `this is not YAML: ${
      code === 'MULTIPLE_DOCS' ? 'a second document begins here' : message.charAt(0).toLowerCase() + message.slice(1)
    }`,
    help: SYNTAX_HELP[code] ?? 'Look at the brackets, quotes and indentation here and just above.',
  }),
  /** Lists and maps in each other, more than anybody would write. */
  'nested-too-deep': ({ allowed }: { readonly allowed: number }): Words => ({
    headline: 'this is nested too deeply',
    values: { allowed: `${allowed} levels` },
  }),
  /** One key twice in a map; `line` is that of the first. */
  'duplicate-key': ({ name, line }: Duplicate): Words => ({
    headline: `"${name}" is written twice`,
    values: { first: `line ${line}` },
    help: 'Keep one of them.',
  }),
  /** Two steps of one name; `line` is that of the first. */
  'duplicate-step': ({ name, line }: Duplicate): Words => ({
    headline: `there are two steps named ${name}`,
    values: { first: `line ${line}` },
    help: 'Rename one of them.',
  }),
  /** A key that is a list, a map or nothing. */
  'bad-key': (): Words => ({ headline: 'a key has to be text' }),
  /** An alias without an anchor before it, or inside of what it stands for. `anchors` are those before it. */
  'unknown-anchor': ({ name, isInside, anchors }: UnknownAnchor): Words => ({
    headline: isInside
      ? `the alias *${name} stands inside what it stands for`
      : `there is no anchor &${name} before this alias`,
    ...(anchors.length === 0 ? {} : { help: `Anchors: ${anchors.map((anchor) => `&${anchor}`).join(', ')}.` }),
  }),
  /** Aliases of aliases that stand for more values than any file needs. */
  'anchor-bomb': ({ name, allowed }: { readonly name: string; readonly allowed: number }): Words => ({
    headline: 'the aliases of this file stand for too many values',
    values: { allowed, alias: `*${name}` },
    help: 'Write sweeps with each, and keep long lists in files.',
  }),
  /** A number that JSON cannot hold exactly. */
  'inexact-number': ({ source, isFinite }: { readonly source: string; readonly isFinite: boolean }): Words => ({
    headline: isFinite
      ? `${source} is too large a whole number to be kept exactly`
      : `${source} is not a finite number`,
    ...(isFinite ? { help: 'If it is meant as text, put it in quotes.' } : {}),
  }),
  /** A tag of YAML beside those of plain values. */
  'yaml-tag': ({ tag }: { readonly tag: string }): Words => ({
    headline: `the tag ${tag} means nothing here`,
    help: 'Remove it: values are text, numbers, true, false, lists and maps.',
  }),
} as const;

export interface Duplicate {
  readonly name: string;
  readonly line: number;
}

export interface UnknownAnchor {
  readonly name: string;
  readonly isInside: boolean;
  readonly anchors: readonly string[];
}
