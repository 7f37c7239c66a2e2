// Failures of files and folders named by the user.
import { numbered } from '../words.ts';
import type { Words } from '../words.ts';

export const fileFailures = {
  /**
   * A named file does not exist. `what` is its role, e.g. "pipeline file"; `lookedFor` are the paths that were tried.
   */
  'missing-file': ({ file, what = 'file', lookedFor = [], help }: MissingFile): Words => ({
    headline: `there is no ${what} ${file}`,
    values: numbered('looked for', lookedFor),
    help:
      help ??
      (lookedFor.length > 1
        ? 'A relative path is looked up in the folder of the pipeline, then in the project folder.'
        : 'Check the path.'),
  }),
  /** A file or folder exists but cannot be read. `why` is the code or the message of the system. */
  'unreadable-file': ({ path, what = '', why }: UnreadableFile): Words => ({
    headline: `cannot read ${what === '' ? '' : `the ${what} `}${path}`,
    values: { path, why },
    help: 'Check the permissions of the file and of the folders above it.',
  }),
  /** A folder, a device or a socket in place of a file. */
  'not-a-file': ({ path, what = '', isFolder = false, help }: NotAFile): Words => ({
    headline: `${path} is ${isFolder ? 'a folder, not' : 'not'} a ${what === '' ? 'file' : what}`,
    values: { path },
    ...(help === undefined ? {} : { help }),
  }),
  /** A text file far larger than any that people write by hand. Sizes are texts like "9.5 MiB". */
  'file-too-large': ({ path, what, size, allowed }: FileTooLarge): Words => ({
    headline: `the ${what} is too large`,
    values: { path, size, allowed },
    help: 'Move data to separate files and name these in parameters. Write many similar steps as a sweep (`each`).',
  }),
  /** A file that contains NUL bytes, so it is not text. */
  'not-text': ({ path, what }: NotText): Words => ({
    headline: `the ${what} is a binary file, not text`,
    values: { path },
    help: 'Name a YAML file instead. If this file is meant to be YAML, save it as UTF-8.',
  }),
  /** A text file that is not UTF-8. `line` is the first line with an error, counted from 1. */
  'not-utf8': ({ path, what, line }: NotUtf8): Words => ({
    headline: `the ${what} is not UTF-8 text`,
    values: { path, line },
    help: 'Save the file with the encoding UTF-8.',
  }),
  /**
   * A disk is full or too small. `holds` names what the disk already holds, e.g. "the cache"; `content` names what was
   * to be stored on it, e.g. "the backend". Sizes are texts with a unit. Values that are undefined or null are left
   * out.
   */
  'disk-full': ({ holds, content, help, freeBytes, ...values }: DiskFull): Words => ({
    headline:
      holds !== undefined
        ? `the disk that holds ${holds} is full`
        : content === undefined
          ? 'the disk is full'
          : `there is not enough room on the disk for ${content}`,
    values: { ...values, ...(typeof freeBytes === 'number' ? { 'free bytes': freeBytes } : {}) },
    help,
  }),
} as const;

export interface MissingFile {
  readonly file: string;
  readonly what?: string;
  readonly lookedFor?: readonly string[];
  readonly help?: string;
}

export interface UnreadableFile {
  readonly path: string;
  readonly what?: string;
  readonly why: string;
}

export interface NotAFile {
  readonly path: string;
  readonly what?: string;
  readonly isFolder?: boolean;
  readonly help?: string;
}

export interface NotText {
  readonly path: string;
  readonly what: string;
}

export interface FileTooLarge extends NotText {
  readonly size: string;
  readonly allowed: string;
}

export interface NotUtf8 extends NotText {
  readonly line: number;
}

export interface DiskFull {
  readonly holds?: string;
  readonly content?: string;
  readonly cache?: string;
  readonly folder?: string;
  readonly node?: string;
  readonly needed?: string;
  readonly free?: string;
  /** Number of free bytes; null if the file system does not report it. */
  readonly freeBytes?: number | null;
  /** The system's message. */
  readonly why?: string;
  readonly help: string;
}
