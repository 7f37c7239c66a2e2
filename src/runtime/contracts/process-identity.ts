// The identity of a process, by which others find out whether it still lives. A process id alone does not do: ids are reused.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  /** Host, boot and process-id namespace: where `pid` and `start` mean something. */
  readonly place: string;
  readonly pid: number;
  /** Start time in the kernel's clock ticks; null where the platform does not tell. */
  readonly start: string | null;
}

let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= { place: currentPlace(), pid: process.pid, start: startOf(process.pid) ?? null };
  return own;
}

/** `unknown` for a process elsewhere, or one of which only the id can be checked here. */
export function livenessOf({ place, pid, start }: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  if (place !== ownIdentity().place) return 'unknown';
  const found = startOf(pid);
  if (found !== undefined && start !== null) return found === start ? 'alive' : 'dead';
  // No such file system here, or it hides what belongs to others.
  return exists(pid) ? 'unknown' : 'dead';
}

function currentPlace(): string {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, namespace].join(' ');
}

/** Field 22 of `/proc/PID/stat`, or its state if it is a zombie. The second field is in brackets and may hold anything. */
function startOf(pid: number): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  return state === 'Z' || state === 'X' ? state : fields?.[19];
}

/** True if a process of this id exists. Signal 0 only asks; nothing is sent. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM';
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
