// Opens the store in a folder, or returns the reason why it cannot be opened.
import { existsSync, linkSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '../contracts/make-folder.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import { FailureError, failure } from '../contracts/failure.ts';
import { examineIndex } from './lmdb/index-header.ts';
import { isWritable } from './is-writable.ts';
import { Ledger } from './ledger.ts';
import { INDEX, openDatabase } from './lmdb/database.ts';
import { LocalStore } from './local-store.ts';
import { FORMAT_KEY, packJson, unpackJson } from './records.ts';
import type { OpenOptions, Store } from './store.ts';
import { commitError } from './store-failures.ts';

/** Version of the format of the cache folder. A cache with a higher version is refused. */
const FORMAT = 1;
const LETHE = '0.1';

/** Pattern of the names of files that a folder may contain before it becomes a cache. */
const HARMLESS = /^(\..*|README.*|lock\..*|blobs|gate|tmp)$/;

/**
 * Opens the store in a folder, which is created if it does not exist. A folder that cannot be written to is opened
 * read-only. Fails with `cache-newer`, `cache-damaged`, `not-a-cache`, `disk-full`, or `cache-read-only` (no cache
 * exists and none can be created).
 */
export async function openStore(folder: string, options: OpenOptions = {}): Promise<Result<Store>> {
  const path = resolve(folder);
  let ledger: Ledger | undefined;
  try {
    const access = await examine(path);
    if (typeof access !== 'string') return refuse(access);
    ledger = await Ledger.open(path, access === 'read-only');
    const problem = checkFormat(ledger);
    if (problem) {
      await ledger.close();
      return refuse(problem);
    }
    return { ok: true, value: new LocalStore(ledger, options) };
  } catch (error) {
    await ledger?.close().catch(() => undefined);
    return refuse(failureOf(path, error));
  }
}

function refuse(...failures: readonly Failure[]): Result<Store> {
  return { ok: false, failures };
}

function failureOf(path: string, error: unknown): Failure {
  const known = commitError(path, error);
  if (known instanceof FailureError) return known.failure;
  const { message } = known as { message?: string };
  return message?.includes('MDB_')
    ? failure('cache-damaged', { cache: path, why: message })
    : failure('cache-unusable', { cache: path, why: known instanceof Error ? known.message : String(known) });
}

/**
 * Determines if a folder is writable. Creates it, with an empty index, if it does not exist. Returns a failure if the
 * folder cannot be used.
 */
async function examine(path: string): Promise<'read-only' | 'writable' | Failure> {
  if (existsSync(path) && !statSync(path).isDirectory())
    return failure('not-a-cache', { cache: path, why: 'it is a file' });
  const index = join(path, INDEX);
  if (!existsSync(index)) {
    makeFolder(path);
    const strange = readdirSync(path).find((name) => !HARMLESS.test(name));
    if (strange !== undefined)
      return failure('not-a-cache', { cache: path, why: `it contains other files, such as ${strange}` });
    if (!isWritable(path)) return failure('cache-read-only', { cache: path });
    await createIndex(path);
  }
  const state = examineIndex(index);
  if (state === 'not-lmdb') return failure('not-a-cache', { cache: path, why: `its ${INDEX} is not an index` });
  if (state === 'cut-short')
    return failure('cache-damaged', { cache: path, why: `${INDEX} is truncated: ${statSync(index).size} bytes` });
  return isWritable(path) && isWritable(index) ? 'writable' : 'read-only';
}

/**
 * Creates the index in a temporary folder and links it into place, so that a killed process never leaves an incomplete
 * index.
 */
async function createIndex(path: string): Promise<void> {
  const temporary = join(path, 'tmp', `index.${process.pid}.${process.hrtime.bigint()}`);
  mkdirSync(temporary, { recursive: true });
  try {
    const db = openDatabase(temporary, false);
    try {
      const format: FormatRecord = { format: FORMAT, lethe: LETHE };
      db.transactionSync(() => void db.put(FORMAT_KEY, packJson(format)));
    } finally {
      await db.close();
    }
    linkSync(join(temporary, INDEX), join(path, INDEX));
  } catch (error) {
    // another process created it first
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

interface FormatRecord {
  readonly format: number;
  readonly lethe: string;
}

function checkFormat(ledger: Ledger): Failure | undefined {
  const stored = ledger.get(FORMAT_KEY);
  if (!stored) return failure('not-a-cache', { cache: ledger.folder, why: `its ${INDEX} belongs to another program` });
  const found = unpackJson(stored) as FormatRecord | undefined;
  if (!found) return failure('cache-damaged', { cache: ledger.folder, why: 'the record of its format is damaged' });
  return found.format > FORMAT ? failure('cache-newer', { cache: ledger.folder, ...found, known: FORMAT }) : undefined;
}
