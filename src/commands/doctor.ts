// `lethe doctor`: report on the machine, its backends and their speed, versions, settings, and the health of the cache.
import { arch, availableParallelism, cpus, freemem, platform, totalmem } from 'node:os';
import { statfsSync } from 'node:fs';
import type { Arguments } from './arguments.ts';
import type { BackendReport } from './measure-backends.ts';
import type { Screen } from './screen.ts';
import { snakeKeys } from './snake-case.ts';
import { packageVersion } from '../runtime/contracts/environment.ts';
import { SETTING_LIST, readSetting, settingsGiven } from '../runtime/contracts/settings.ts';
import { formatBytes } from './view/format-number.ts';
import { cacheFolder, openCache } from './workspace.ts';

interface Report {
  readonly lethe: string;
  readonly node: string;
  readonly machine: {
    readonly platform: string;
    readonly cpu: string;
    readonly cores: number;
    readonly memory: number;
    readonly free: number;
  };
  readonly backends: readonly BackendReport[];
  readonly auto: string;
  /** Settings given in the environment, by variable. */
  readonly settings: Readonly<Record<string, string>>;
  readonly cache: { readonly folder: string; readonly healthy: boolean; readonly free?: number; readonly says: string };
}

export async function doctor(args: Arguments, screen: Screen): Promise<number> {
  const about = { lethe: packageVersion(), node: process.version, machine: describeMachine() };
  // Every line is printed immediately, because measuring takes seconds.
  const say = (text: string): void => {
    if (!screen.json) screen.print(text);
  };
  say(renderMachine(about));
  say('backends (one process):');
  const { measureBackends } = await import('./measure-backends.ts');
  const { backends, auto, order } = await measureBackends((backend) => say(renderBackend(backend)));
  say(`  auto chooses ${auto} (first working backend of ${order.join(', ')}; software renderers are skipped)`);
  const settings = settingsGiven();
  say(renderSettings(settings));
  const report: Report = { ...about, backends, auto, settings, cache: await examineCache(args, screen) };
  if (screen.json) screen.line({ event: 'doctor', ...report, backends: backends.map(snakeKeys) });
  else say(renderCache(report.cache));
  return report.cache.healthy ? 0 : 1;
}

function describeMachine(): Report['machine'] {
  const cpu = cpus()[0]?.model ?? 'unknown processor';
  return {
    platform: `${platform()} ${arch()}`,
    cpu,
    cores: availableParallelism(),
    memory: totalmem(),
    free: freemem(),
  };
}

async function examineCache(args: Arguments, screen: Screen): Promise<Report['cache']> {
  const folder = cacheFolder(args);
  const store = await openCache(folder, screen);
  if (!store.ok) return { folder, healthy: false, says: store.failures.map(({ headline }) => headline).join('; ') };
  try {
    const { verifyStore } = await import('../runtime/store/verify.ts');
    const found = await verifyStore(store.value);
    const disk = statfsSync(folder);
    const bad = found.damaged.length + found.missing.length;
    const says = `${found.checked} blobs, ${formatBytes(found.bytes)}, ${bad === 0 ? 'all are intact' : `${bad} damaged or missing (repaired)`}`;
    return {
      folder,
      healthy: true,
      free: disk.bavail * disk.bsize,
      says: store.value.readOnly ? `${says}; read-only` : says,
    };
  } finally {
    await store.value.close();
  }
}

function renderMachine({ lethe, node, machine }: Pick<Report, 'lethe' | 'node' | 'machine'>): string {
  const memory = `${formatBytes(machine.memory)} (${formatBytes(machine.free)} free)`;
  return [
    `lethe ${lethe}, node ${node}`,
    `machine: ${machine.platform}, ${machine.cpu}, ${machine.cores} cores, ${memory}`,
  ].join('\n');
}

function renderSettings(given: Report['settings']): string {
  const lines = SETTING_LIST.flatMap((setting) => {
    const text = given[setting.variable];
    if (text === undefined) return [];
    const read = readSetting(setting);
    return [`  ${setting.variable}=${text}${read.ok ? '' : `  WRONG: ${read.failures[0]?.headline ?? ''}`}`];
  });
  return lines.length === 0 ? 'settings: no variable LETHE_* is set' : ['settings:', ...lines].join('\n');
}

function renderBackend(backend: BackendReport): string {
  if (!backend.available) return `  ${backend.name.padEnd(12)}not available: ${backend.why ?? 'for an unknown reason'}`;
  const speed = [
    `${rate(backend.gflops)} GFLOP/s`,
    `ResNet-20 ${rate(backend.forwardPerSecond)} images/s forward`,
    `${rate(backend.vjpPerSecond)} with VJP`,
  ];
  const on =
    backend.adapter === undefined
      ? ''
      : ` on ${backend.adapter}${backend.software === true ? ' (software renderer)' : ''}`;
  return `  ${backend.name.padEnd(12)}${backend.version ?? ''}${on}: ${speed.join(', ')}`;
}

/**
 * Formats a rate. A rate below ten gets two significant digits, because the slowest backend computes less than one
 * image per second.
 */
const rate = (value = 0): string => (value < 10 ? value.toPrecision(2) : value.toFixed(0));

function renderCache(cache: Report['cache']): string {
  const free = cache.free === undefined ? '' : `, ${formatBytes(cache.free)} free on the disk`;
  return `cache: ${cache.folder}: ${cache.says}${free}`;
}
