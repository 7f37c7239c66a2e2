// Identity of a process, by which other processes find out whether it is still running. A process id alone is not
// sufficient, because ids are reused.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  /** Host, boot and process-id namespace, within which `pid` and `start` are valid. */
  readonly place: string;
  readonly pid: number;
  /** Start time in the kernel's clock ticks; null if the platform does not provide it. */
  readonly start: string | null;
}

let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= { place: currentPlace(), pid: process.pid, start: startOf(process.pid) ?? null };
  return own;
}

/** State of a process. It is `unknown` if the process runs on another host, or if only the id can be checked. */
export function livenessOf({ place, pid, start }: ProcessIdentity): 'alive' | 'dead' | 'unknown' {
  if (place !== ownIdentity().place) return 'unknown';
  const found = startOf(pid);
  if (found !== undefined && start !== null) return found === start ? 'alive' : 'dead';
  // there is no /proc, or it hides processes of other users
  return exists(pid) ? 'unknown' : 'dead';
}

function currentPlace(): string {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = attempt(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, namespace].join(' ');
}

/**
 * Reads the start time of a process, which is field 22 of `/proc/PID/stat`. Returns the state `Z` or `X` for a process
 * that has ended, and undefined if the file cannot be read. Fields are counted from the last bracket, because the
 * second field is in brackets and may contain any characters.
 */
function startOf(pid: number): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  return state === 'Z' || state === 'X' ? state : fields?.[19];
}

/** True if a process with this id exists. Signal 0 is only a check; nothing is sent. */
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
