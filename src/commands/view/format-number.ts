// Numbers in the terminal: enough digits to be useful, with a standard error if there is one.
export { formatBytes } from '../../runtime/contracts/byte-size.ts';

/** Formats a number with about five significant digits, without an exponent if possible. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(3);
  const digits = Math.min(6, Math.max(0, 4 - Math.floor(Math.log10(size))));
  return value.toFixed(digits);
}

/**
 * Formats a value with its standard error, such as `-2.8302 ± 0.0009`: the error with two digits, the value with as
 * many decimals.
 */
export function formatWithError(value: number, error: number): string {
  if (!Number.isFinite(value) || !Number.isFinite(error) || error <= 0) return formatNumber(value);
  const decimals = Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(error))));
  return `${value.toFixed(decimals)} ± ${error.toFixed(decimals)}`;
}

const SCALES = [
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;

export function formatSeconds(seconds: number): string {
  if (seconds < 1) return `${(seconds * 1000).toFixed(0)} ms`;
  for (const [scale, unit] of SCALES) {
    if (seconds >= scale) return `${(seconds / scale).toFixed(seconds / scale < 10 && scale > 1 ? 1 : 0)} ${unit}`;
  }
  return `${seconds} s`;
}
