// Reads byte ranges of a weight file.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { fail, failure } from '../../runtime/contracts/failure.ts';

export interface FileRange {
  /** Size of the file in bytes. */
  readonly size: number;
  /**
   * Reads the bytes from `start` up to, but not including, `end`. Throws `FailureError` (`weights-cut-short`) if the
   * file has become shorter since it was opened.
   */
  read(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a file. Throws `FailureError`: `missing-file`, `unreadable-file`, `not-a-file`. */
export async function openRange(path: string): Promise<FileRange> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (code === 'ENOENT') return fail(failure('missing-file', { file: path, what: 'file of weights' }));
    return fail(failure('unreadable-file', { path, what: 'weights', why: code }));
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) fail(failure('not-a-file', { path, what: 'file of weights', isFolder: stat.isDirectory() }));
    return {
      size: stat.size,
      async read(start, end) {
        const bytes = new Uint8Array(end - start);
        let filled = 0;
        while (filled < bytes.length) {
          const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
          if (bytesRead === 0) fail(failure('weights-cut-short', { file: basename(path) }));
          filled += bytesRead;
        }
        return bytes;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
