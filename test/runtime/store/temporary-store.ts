// A store in a temporary folder, which is removed after the test.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Digest, Key } from '../../../src/runtime/contracts/artifact.ts';
import { digestBytes } from '../../../src/runtime/contracts/keys.ts';
import type { OpenOptions, ResultRecord, Store } from '../../../src/runtime/store/store.ts';
import { openStore } from '../../../src/runtime/store/open-store.ts';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function open(folder: string, options?: OpenOptions): Promise<Store> {
  const opened = await openStore(folder, options);
  if (!opened.ok) throw new Error(JSON.stringify(opened.failures));
  onTestFinished(() => opened.value.close());
  return opened.value;
}

export function temporaryStore(options?: OpenOptions): Promise<Store> {
  return open(join(temporaryFolder(), 'cache'), options);
}

export function keyOf(text: string): Key {
  return digestBytes(Buffer.from(`key ${text}`)) as string as Key;
}

export function resultOf(
  outputs: Readonly<Record<string, { kind: string; digest: Digest; table?: Digest }>>,
  finished = new Date().toISOString(),
): ResultRecord {
  return {
    action: { node: 'test', version: 1, code: null, params: {}, inputs: {}, numerics: null, dtype: 'float32' },
    outputs,
    seconds: 0.5,
    finished,
    environment: { lethe: '0', node: process.version, platform: process.platform, host: 'test', backend: null },
  };
}

/** Bytes that neither compress nor repeat; equal for equal seeds. */
export function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
