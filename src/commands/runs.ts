// `lethe runs`: the record of past runs.
import { existsSync } from 'node:fs';
import type { Arguments } from './arguments.ts';
import { wholeNumber } from './arguments.ts';
import type { Screen } from './screen.ts';
import { formatSeconds } from './view/format-number.ts';
import { cacheFolder, openCache } from './workspace.ts';
import type { RunRecord } from '../runtime/engine/run-record.ts';

export async function runs(args: Arguments, screen: Screen): Promise<number> {
  const limit = wholeNumber('limit', args.values['limit']?.[0] ?? '20', 1);
  if (!limit.ok) return screen.fail(limit.failures, 2);
  const folder = cacheFolder(args);
  if (!existsSync(folder)) {
    if (!screen.json) screen.print('no runs yet');
    return 0;
  }
  const store = await openCache(folder, screen);
  if (!store.ok) return screen.fail(store.failures, 2);
  try {
    const records = [...store.value.docs<RunRecord>('runs', { reverse: true, limit: limit.value })].map(
      ({ value }) => value,
    );
    if (screen.json) for (const record of records) screen.line(record);
    else if (records.length === 0) screen.print('no runs yet');
    else for (const record of records) screen.print(describe(record));
    return 0;
  } finally {
    await store.value.close();
  }
}

function describe(record: RunRecord): string {
  const commit =
    record.git === undefined
      ? 'no commit'
      : `${record.git.commit.slice(0, 10)}${record.git.dirty === true ? '+changes' : ''}`;
  const counts = [
    `${record.computed} computed`,
    `${record.cached} cached`,
    ...(record.failed > 0 ? [`${record.failed} FAILED`] : []),
    ...(record.interrupted === true ? ['interrupted'] : []),
  ];
  const params = Object.entries(record.params).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [
    record.started,
    record.pipeline,
    counts.join(', '),
    formatSeconds(record.seconds),
    commit,
    params.join(' '),
  ].join('  ');
}
