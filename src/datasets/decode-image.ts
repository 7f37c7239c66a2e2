// Decodes a JPEG or PNG file to 8-bit RGB. A truncated file is a failure; many decoders would fill the missing part
// with grey. JPEG decoders may differ by one or two levels (chroma upsampling, rounding), but this one gives the same
// pixels on every machine.
import { readFile } from 'node:fs/promises';
import { fail, failure } from '../runtime/contracts/failure.ts';
import type { DecodedImage } from './decoded-image.ts';

/** Pattern of the names of image files. */
export const imageName = /\.(jpe?g|png)$/i;

/**
 * Largest accepted number of pixels of an image. Larger images are rejected, because a small file may declare a size
 * that would fill the memory. The JPEG decoder has the same limit.
 */
const MAX_PIXELS = 100e6;

/**
 * Reads one file; its first bytes determine the format. Transparency is ignored, and 16-bit PNG is reduced to 8 bits.
 * Fails with `unreadable-image`, naming the file.
 */
export async function decodeImage(path: string): Promise<DecodedImage> {
  const bytes = await readFile(path).catch((error: unknown) => unreadable(path, error));
  if (bytes.length === 0) unreadable(path, 'the file is empty');
  try {
    if (bytes[0] === 0xff && bytes[1] === 0xd8) return (await import('./decode-jpeg.ts')).decodeJpeg(bytes, MAX_PIXELS);
    if (bytes[0] === 0x89 && bytes[1] === 0x50) return (await import('./decode-png.ts')).decodePng(bytes, MAX_PIXELS);
  } catch (error) {
    unreadable(path, error);
  }
  return unreadable(path, 'it is neither a JPEG nor a PNG file');
}

function unreadable(path: string, cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  return fail(failure('unreadable-image', { file: path, why }));
}
