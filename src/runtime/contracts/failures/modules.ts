// Failures of users' node files, and errors thrown by nodes.
import { numbered } from '../words.ts';
import type { Words } from '../words.ts';

export const modulesFailures = {
  /**
   * A node file with a syntax error. `message` is esbuild's message; `file` is given only if the position is unknown.
   */
  'bad-node-file': ({ message, file }: { readonly message: string; readonly file?: string }): Words => ({
    headline: message.charAt(0).toLowerCase() + message.slice(1),
    ...(file === undefined ? {} : { values: { file } }),
  }),
  /** A node file imports a file or a package that cannot be found. */
  'missing-import': ({ name, file }: { readonly name: string; readonly file?: string }): Words => ({
    headline: `cannot find ${name}`,
    ...(file === undefined ? {} : { values: { file } }),
    help: /^[./]/.test(name) ? 'Check the path.' : 'Install the package, or correct its name.',
  }),
  /** A node file throws while it is imported. `at` is the file, with line and column if they are known. */
  'node-file-throws': ({ message, causes = [], at }: NodeFileThrows): Words => ({
    headline: `this node file throws an error when it is imported: ${message}`,
    values: { ...numbered('cause', causes), file: at },
  }),
  /** A file exports no node type. */
  'no-node-types': ({ file }: { readonly file: string }): Words => ({
    headline: 'this file exports no node type',
    values: { file },
    help: 'Write "export const myNode = defineNode({ ... })".',
  }),
  /**
   * A node threw an error. `at` lists stack frames in the user's own files. `how` describes where an error arose that
   * `run` itself did not throw, for example in a promise that nothing awaited.
   */
  'node-threw': ({ node, message, causes = [], isOwn, at = [], how }: NodeThrew): Words => ({
    headline: `${node} failed: ${message}`,
    values: {
      node,
      ...numbered('cause', causes),
      ...(at.length > 0 ? { at: at.join(', ') } : {}),
      ...(how === undefined ? {} : { how }),
    },
    help: isOwn
      ? 'If nothing above points to your pipeline, this is a bug in Lethe: please report it.'
      : `${how === undefined ? '' : 'Await every promise within `run`. '}Fix the node and run again: finished steps and items are cached.`,
  }),
} as const;

export interface NodeFileThrows {
  readonly message: string;
  readonly causes?: readonly string[];
  readonly at: string;
}

export interface NodeThrew {
  readonly node: string;
  readonly message: string;
  /** Messages of the errors behind the thrown one. */
  readonly causes?: readonly string[];
  /** True if the node type is built into Lethe. */
  readonly isOwn: boolean;
  readonly at?: readonly string[];
  readonly how?: string;
}
