// Failures of YAML in a pipeline file.
import type { Words } from '../words.ts';

/** Advice by error code of the YAML parser. */
const SYNTAX_HELP: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  BLOCK_AS_IMPLICIT_KEY: 'Put the inner key on a separate line, or put the value in quotes.',
  MULTIPLE_DOCS: 'A file holds one pipeline: remove what follows ---.',
  BAD_SCALAR_START: 'Put the text in quotes.',
};

export const notationFailures = {
  /** An error of the YAML parser, with its code and its message. */
  'yaml-syntax': ({ code, message }: { readonly code: string; readonly message: string }): Words => ({
    headline: `this is not valid YAML: ${
      code === 'MULTIPLE_DOCS' ? 'a second document begins here' : message.charAt(0).toLowerCase() + message.slice(1)
    }`,
    help: SYNTAX_HELP[code] ?? 'Look at the brackets, quotes and indentation here and just above.',
  }),
  /** Lists and maps nested more deeply than is allowed. */
  'nested-too-deep': ({ allowed }: { readonly allowed: number }): Words => ({
    headline: 'this is nested too deeply',
    values: { allowed: `${allowed} levels` },
  }),
  /** A key that occurs twice in a map. `line` is the line of the first occurrence. */
  'duplicate-key': ({ name, line }: Duplicate): Words => ({
    headline: `"${name}" is written twice`,
    values: { first: `line ${line}` },
    help: 'Keep one of them.',
  }),
  /** Two steps with the same name. `line` is the line of the first step. */
  'duplicate-step': ({ name, line }: Duplicate): Words => ({
    headline: `there are two steps named ${name}`,
    values: { first: `line ${line}` },
    help: 'Rename one of them.',
  }),
  /** A key that is a list, a map or empty. */
  'bad-key': (): Words => ({ headline: 'a key has to be text' }),
  /**
   * An alias without an anchor before it, or inside the value of its own anchor. `anchors` lists the earlier anchors.
   */
  'unknown-anchor': ({ name, isInside, anchors }: UnknownAnchor): Words => ({
    headline: isInside
      ? `the alias *${name} is inside the value of its own anchor`
      : `there is no anchor &${name} before this alias`,
    ...(anchors.length === 0 ? {} : { help: `Anchors: ${anchors.map((anchor) => `&${anchor}`).join(', ')}.` }),
  }),
  /** Nested aliases that expand to more values than are allowed. */
  'anchor-bomb': ({ name, allowed }: { readonly name: string; readonly allowed: number }): Words => ({
    headline: 'the aliases of this file expand to too many values',
    values: { allowed, alias: `*${name}` },
    help: 'Write sweeps with `each`, and move long lists to files.',
  }),
  /** A number that JSON cannot hold exactly. */
  'inexact-number': ({ source, isFinite }: { readonly source: string; readonly isFinite: boolean }): Words => ({
    headline: isFinite
      ? `${source} is a whole number too large to be stored exactly`
      : `${source} is not a finite number`,
    ...(isFinite ? { help: 'If it is meant as text, put it in quotes.' } : {}),
  }),
  /** A YAML tag other than the tags for text, numbers, booleans, null, lists and maps. */
  'yaml-tag': ({ tag }: { readonly tag: string }): Words => ({
    headline: `the tag ${tag} is not supported`,
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
