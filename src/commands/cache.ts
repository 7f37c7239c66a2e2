// `lethe cache stat|verify|gc`.
import { existsSync } from 'node:fs';
import { failure } from '../runtime/contracts/failure.ts';
import type { Store } from '../runtime/store/store.ts';
import type { Arguments } from './arguments.ts';
import { wholeNumber } from './arguments.ts';
import type { Screen } from './screen.ts';
import { snakeKeys } from './snake-case.ts';
import { formatBytes } from './view/format-number.ts';
import { cacheFolder, openCache } from './workspace.ts';

export async function cache(args: Arguments, screen: Screen): Promise<number> {
  const action = args.positionals[0] ?? '';
  const actions: Readonly<Record<string, (store: Store, args: Arguments, screen: Screen) => Promise<number>>> = {
    stat,
    verify,
    gc,
  };
  const act = actions[action];
  if (act === undefined) {
    const choices = Object.keys(actions);
    return screen.fail([failure('unknown-choice', { what: 'action of lethe cache', given: action, choices })], 2);
  }
  const folder = cacheFolder(args);
  if (!existsSync(folder)) return screen.fail([failure('no-cache', { folder })], 2); // Checked first, because opening the cache would create the folder.
  const store = await openCache(folder, screen);
  if (!store.ok) return screen.fail(store.failures, 2);
  try {
    return await act(store.value, args, screen);
  } finally {
    await store.value.close();
  }
}

async function stat(store: Store, _args: Arguments, screen: Screen): Promise<number> {
  const { storeStatistics } = await import('../runtime/store/statistics.ts');
  const found = snakeKeys(await storeStatistics(store));
  if (screen.json) screen.line({ event: 'cache-stat', ...found });
  else {
    screen.print(store.folder);
    for (const [name, value] of Object.entries(found)) {
      if (typeof value === 'number')
        screen.print(`  ${name.padEnd(16)}${/bytes/i.test(name) ? formatBytes(value) : value}`);
    }
  }
  return 0;
}

async function verify(store: Store, _args: Arguments, screen: Screen): Promise<number> {
  const { verifyStore } = await import('../runtime/store/verify.ts');
  const found = await verifyStore(store);
  if (screen.json) screen.line({ event: 'cache-verified', ...snakeKeys(found) });
  else {
    for (const digest of found.damaged) screen.print(`damaged, removed: ${digest}`);
    for (const digest of found.missing) screen.print(`missing: ${digest}`);
    const bad = found.damaged.length + found.missing.length;
    screen.print(
      `${found.checked} blobs read, ${formatBytes(found.bytes)}: ${bad === 0 ? 'all intact' : 'repaired; the next run computes missing results again'}`,
    );
  }
  return 0;
}

async function gc(store: Store, args: Arguments, screen: Screen): Promise<number> {
  const keepDays = wholeNumber('days', args.values['days']?.[0] ?? '30', 0);
  if (!keepDays.ok) return screen.fail(keepDays.failures, 2);
  const { collectGarbage } = await import('../runtime/store/collect-garbage.ts');
  const dryRun = args.switches.has('dry-run');
  const dropped = await collectGarbage(store, { keepDays: keepDays.value, dryRun });
  if (screen.json) screen.line({ event: 'cache-collected', dry_run: dryRun, ...dropped });
  else {
    const verb = dryRun ? 'would remove' : 'removed';
    screen.print(`${verb} ${dropped.results} results and ${dropped.blobs} blobs, ${formatBytes(dropped.bytes)}`);
  }
  return 0;
}
