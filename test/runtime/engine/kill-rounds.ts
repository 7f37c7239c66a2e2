// Repeatedly kills a process that writes results to one cache, and checks the cache after each kill.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Digest, Key } from '../../../src/runtime/contracts/artifact.ts';
import { openArtifact } from '../../../src/runtime/store/artifact-io.ts';
import type { Store } from '../../../src/runtime/store/store.ts';
import { openStore } from '../../../src/runtime/store/open-store.ts';
import { verifyStore } from '../../../src/runtime/store/verify.ts';
import { startChild } from './child.ts';

export interface KillReport {
  readonly rounds: number;
  readonly acknowledged: number;
  /** Acknowledged keys without a result, and damaged results; empty if there are none. */
  readonly problems: readonly string[];
}

/** Kills processes. `first` is the number of the first round, which determines the times of the kills. */
export async function killRounds(folder: string, rounds: number, first = 0): Promise<KillReport> {
  const acknowledged = new Set<Key>();
  const problems: string[] = [];
  for (let round = first; round < first + rounds; round++) {
    const writers = await Promise.all([0, 1].map((writer) => startChild(['write', folder, `${round}-${writer}`])));
    await Promise.all(writers.map((writer) => writer.next()));
    // distributed over the phases of the process, and the same in every execution of the test
    await sleep((round * 37) % 101);
    await Promise.all(writers.map((writer) => writer.kill()));
    for (const { lines } of writers) for (const line of lines) acknowledged.add((line as { key: Key }).key);
    const opened = await openStore(folder, {
      onDamage: (digest, where) => problems.push(`round ${round}: ${digest} is damaged in ${where}`),
    });
    if (!opened.ok)
      return { rounds, acknowledged: acknowledged.size, problems: [...problems, JSON.stringify(opened.failures)] };
    problems.push(...(await examine(opened.value, acknowledged)).map((problem) => `round ${round}: ${problem}`));
    await opened.value.close();
  }
  return { rounds, acknowledged: acknowledged.size, problems };
}

async function examine(store: Store, acknowledged: ReadonlySet<Key>): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const key of acknowledged) if (!store.result(key)) problems.push(`the acknowledged result ${key} is lost`);
  // also checks results that were not acknowledged: every existing result must be complete
  for (const { key, record } of store.contents.results()) {
    if (!record) problems.push(`the result ${key} is damaged`);
    for (const artifact of Object.values(record?.outputs ?? {})) {
      if (artifact.kind === 'numbers' && store.path(artifact.table!) === undefined)
        problems.push(`the table of ${key} is no file`);
      if (artifact.kind === 'numbers' && (await openArtifact(store, artifact).rows()).length !== 2)
        problems.push(`the table of ${key} is wrong`);
    }
  }
  const { damaged, missing } = await verifyStore(store);
  return [
    ...problems,
    ...damaged.map((digest) => `${digest} is damaged`),
    ...missing.map((digest) => `${digest} is missing`),
  ];
}

/**
 * Starts processes that open the cache, write a little and exit, while two others write all the time. Returns
 * acknowledged results that are missing or incomplete.
 */
export async function openingRounds(folder: string, rounds: number): Promise<KillReport> {
  const writers = await Promise.all(['long-0', 'long-1'].map((seed) => startChild(['write-small', folder, seed])));
  await Promise.all(writers.map((writer) => writer.next()));
  const acknowledged = new Set<Key>();
  const blobs = new Set<Digest>();
  for (let round = 0; round < rounds; round++) {
    const visitors = await Promise.all([0, 1].map((visitor) => startChild(['visit', folder, `${round}-${visitor}`])));
    await Promise.all(visitors.map((visitor) => visitor.ended()));
    for (const { lines } of visitors) for (const line of lines) blobs.add((line as { put: Digest }).put);
  }
  await Promise.all(writers.map((writer) => writer.kill()));
  for (const { lines } of writers) for (const line of lines) acknowledged.add((line as { key: Key }).key);
  const opened = await openStore(folder);
  if (!opened.ok) return { rounds, acknowledged: acknowledged.size, problems: [JSON.stringify(opened.failures)] };
  const lost = [...blobs]
    .filter((digest) => !opened.value.has(digest))
    .map((digest) => `the acknowledged blob ${digest} is lost`);
  const problems = [...(await examine(opened.value, acknowledged)), ...lost];
  await opened.value.close();
  return { rounds, acknowledged: acknowledged.size + blobs.size, problems };
}
