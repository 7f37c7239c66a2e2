// Amounts of memory, read and written.
import { expect, it } from 'vitest';
import { formatBytes, parseByteSize } from '../../../src/runtime/contracts/byte-size.ts';

it.each([
  ['4GiB', 4 * 2 ** 30],
  ['4G', 4 * 2 ** 30],
  ['2g', 2 * 2 ** 30],
  ['500MB', 5e8],
  ['500 MiB', 500 * 2 ** 20],
  [' 1.5GiB ', 1.5 * 2 ** 30],
  ['1tb', 1e12],
  ['64K', 65_536],
  ['10B', 10],
])('reads %j', (text, bytes) => expect(parseByteSize(text)).toBe(bytes));

it.each(['', '4', 'GiB', '4 gigs', '-1G', '0G', '1e3M', '4GiB 2', '.5G', '9999999TiB'])('does not read %j', (text) =>
  expect(parseByteSize(text)).toBeUndefined(),
);

it('writes what it reads back', () => {
  for (const bytes of [1, 1023, 1024, 3 * 2 ** 20, 1.5 * 2 ** 30])
    expect(parseByteSize(formatBytes(bytes))).toBe(bytes);
});
