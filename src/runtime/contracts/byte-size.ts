// Amounts of memory as people write and read them.

/** Bytes per unit: `kib` is 1024, `kb` is 1000. A single letter is a binary unit, as in most tools that accept `4G`. */
const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  ...Object.fromEntries(
    ['k', 'm', 'g', 't'].flatMap((letter, i) => [
      [letter, 1024 ** (i + 1)],
      [`${letter}ib`, 1024 ** (i + 1)],
      [`${letter}b`, 1000 ** (i + 1)],
    ]),
  ),
};

/**
 * Returns the number of bytes that a text such as `4GiB`, `500 MB` or `1.5g` stands for, rounded down. Returns
 * undefined for less than one byte, and for every other text, including a number without a unit.
 */
export function parseByteSize(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (UNITS[unit.toLowerCase()] ?? NaN));
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** Text such as `3.5 GiB`: binary units, one decimal. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value.toFixed(0) : value.toFixed(1)} ${units[unit] ?? ''}`;
}
