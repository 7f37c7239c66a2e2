// Prints the table of kernel times for people. It goes to stderr, so that the output of --json consists of JSON lines
// only.
import type { KernelTime } from '../src/compute/kernel-profile.ts';

export interface KernelProfile {
  readonly kernels: readonly KernelTime[];
  /** Total time, inside and outside kernels. */
  readonly milliseconds: number;
}

/** Prints the table. Kernels that take less than a thousandth of the time are left out. */
export function printProfile(title: string, { kernels, milliseconds }: KernelProfile): void {
  const total = kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
  const row = (name: string, calls: string, ms: number): string =>
    `  ${name.padEnd(26)} ${calls.padStart(8)} ${ms.toFixed(2).padStart(12)} ${((100 * ms) / milliseconds).toFixed(1).padStart(7)}`;
  console.error(
    [
      `${title}, ${milliseconds.toFixed(1)} ms`,
      `  ${'kernel'.padEnd(26)} ${'calls'.padStart(8)} ${'ms'.padStart(12)} ${'%'.padStart(7)}`,
      ...kernels
        .filter(({ milliseconds: ms }) => ms > 0.001 * milliseconds)
        .map((one) => row(one.kernel, one.calls.toFixed(0), one.milliseconds)),
      row('outside kernels', '', milliseconds - total),
    ].join('\n'),
  );
}
