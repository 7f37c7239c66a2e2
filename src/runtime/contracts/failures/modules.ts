// Users' files of node types, and errors that nodes throw.
import type { Words } from '../words.ts';

export const modulesFailures = {
  /** A file of node types cannot be translated: a syntax error, in esbuild's words. `file` where the place is unknown. */
  'bad-node-file': ({ message, file }: { readonly message: string; readonly file?: string }): Words => ({
    headline: message.charAt(0).toLowerCase() + message.slice(1),
    ...(file === undefined ? {} : { values: { file } }),
  }),
  /** A file of node types imports something that is not there. */
  'missing-import': ({ name, file }: { readonly name: string; readonly file?: string }): Words => ({
    headline: `cannot find ${name}`,
    ...(file === undefined ? {} : { values: { file } }),
    help: /^[./]/.test(name) ? 'Check the path.' : 'Install the package, or correct its name.',
  }),
  /** A file of node types throws while it is loaded. `at` is the file, with line and column where they are known. */
  'node-file-throws': ({ message, at }: { readonly message: string; readonly at: string }): Words => ({
    headline: `this file of node types fails when it is loaded: ${message}`,
    values: { file: at },
  }),
  /** A file exports no node type. */
  'no-node-types': ({ file }: { readonly file: string }): Words => ({
    headline: 'this file exports no node type',
    values: { file },
    help: 'Write "export const myNode = defineNode({ ... })".',
  }),
  /** The `run` of a node threw. `at` lists lines of the user's own file; `how` says that nothing caught the error. */
  'node-threw': ({ node, message, isOwn, at = [], how }: NodeThrew): Words => ({
    headline: `${node} failed: ${message}`,
    values: { node, ...(at.length > 0 ? { at: at.join(', ') } : {}), ...(how === undefined ? {} : { how }) },
    help: isOwn
      ? 'If nothing above points to your pipeline, this is a bug in Lethe: please report it.'
      : `${how === undefined ? '' : 'Await every promise within `run`. '}Fix the node and run again: finished steps and items are cached.`,
  }),
} as const;

export interface NodeThrew {
  readonly node: string;
  readonly message: string;
  /** The node type is one of Lethe's own. */
  readonly isOwn: boolean;
  readonly at?: readonly string[];
  readonly how?: string;
}
