// Errors of the file system for the folder of `--out`, as failures.
import { expect, it } from 'vitest';
import { outFailure } from '../../src/commands/out-folder.ts';

const error = (code: string): Error =>
  Object.assign(new Error(`${code}: said by the system`), { code, syscall: 'open' });

it.each([
  ['ENOSPC', 'free some space'],
  ['EACCES', 'You may not write there'],
  ['EROFS', 'read-only'],
  ['EEXIST', 'A file is in the way'],
  ['ENOTDIR', 'A file is in the way'],
  ['EIO', 'Name another folder'],
])('says what to do about %s', (code, help) => {
  const failure = outFailure('/results', error(code));
  expect(failure).toMatchObject({ reason: 'out-unusable', values: { folder: '/results', why: error(code).message } });
  expect(failure.help).toContain(help);
});

it('throws errors that do not come from the file system', () => {
  expect(() => outFailure('/results', new TypeError('ours'))).toThrow('ours');
});
