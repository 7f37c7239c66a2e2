// Process groups. A worker leads a group of its own, so that the processes that a node starts end with the worker.

/** True if the system has process groups. */
export const HAS_GROUPS = process.platform !== 'win32';

/** Kills all processes of the group that `leader` leads or led. Returns false if there is none. */
export function killGroup(leader: number): boolean {
  if (!HAS_GROUPS) return false;
  try {
    return process.kill(-leader, 'SIGKILL');
  } catch {
    return false; // the group is empty
  }
}
