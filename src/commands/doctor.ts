// `lethe doctor`: this machine, its backends and their speed, versions, the health of the cache.
import { arch, availableParallelism, cpus, freemem, platform, totalmem } from 'node:os';
import { statfsSync } from 'node:fs';
import type { Arguments } from './arguments.ts';
import type { BackendReport } from './measure-backends.ts';
import type { Screen } from './screen.ts';
import { packageVersion } from '../runtime/environment.ts';
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
  readonly cache: { readonly folder: string; readonly healthy: boolean; readonly free?: number; readonly says: string };
}

export async function doctor(args: Arguments, screen: Screen): Promise<number> {
  screen.note('measuring the backends, a few seconds each');
  const { measureBackends } = await import('./measure-backends.ts');
  const { backends, auto } = await measureBackends();
  const report: Report = {
    lethe: packageVersion(),
    node: process.version,
    machine: describeMachine(),
    backends,
    auto,
    cache: await examineCache(args, screen),
  };
  if (screen.json) screen.line({ event: 'doctor', ...report });
  else screen.print(render(report));
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
    const says = `${found.checked} blobs, ${formatBytes(found.bytes)}, ${bad === 0 ? 'all are right' : `${bad} damaged or missing (repaired)`}`;
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

function render(report: Report): string {
  const { machine, cache } = report;
  const rows = report.backends.map((backend) => {
    if (!backend.available) return `  ${backend.name.padEnd(12)}not here: ${backend.why ?? 'unknown'}`;
    const speed = [
      `${(backend.gflops ?? 0).toFixed(0)} GFLOP/s`,
      `ResNet-20 ${(backend.forwardPerSecond ?? 0).toFixed(0)} images/s forward`,
      `${(backend.vjpPerSecond ?? 0).toFixed(0)} with VJP`,
    ];
    return `  ${backend.name.padEnd(12)}${backend.version ?? ''}: ${speed.join(', ')}`;
  });
  return [
    `lethe ${report.lethe}, node ${report.node}`,
    `machine: ${machine.platform}, ${machine.cpu}, ${machine.cores} cores, ${formatBytes(machine.memory)} (${formatBytes(machine.free)} free)`,
    'backends (one process):',
    ...rows,
    `  auto takes ${report.auto}`,
    `cache: ${cache.folder}: ${cache.says}${cache.free === undefined ? '' : `, ${formatBytes(cache.free)} free on the disk`}`,
  ].join('\n');
}
