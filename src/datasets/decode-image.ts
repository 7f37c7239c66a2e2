// Decodes a JPEG or PNG file to 8-bit RGB. A truncated file is a failure; many decoders would fill the missing part
// with grey. JPEG decoders may differ by one or two levels (chroma upsampling, rounding), but this one gives the same
// pixels on every machine.
import { readFile } from 'node:fs/promises';
import { fail, failure } from '../runtime/contracts/failure.ts';

export interface DecodedImage {
  /** RGB values, row by row, channels last. */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

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
    if (bytes[0] === 0xff && bytes[1] === 0xd8) return await decodeJpeg(bytes);
    if (bytes[0] === 0x89 && bytes[1] === 0x50) return await decodePng(bytes);
  } catch (error) {
    unreadable(path, error);
  }
  return unreadable(path, 'it is neither a JPEG nor a PNG file');
}

function unreadable(path: string, cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  return fail(failure('unreadable-image', { file: path, why }));
}

async function decodeJpeg(bytes: Buffer): Promise<DecodedImage> {
  // The decoder accepts a truncated file if only whole blocks are missing, so the end marker is checked too.
  if (!endsWithMarker(bytes)) throw new Error('the JPEG data end before its end marker');
  const jpeg = (await import('jpeg-js')).default;
  const { data, height, width } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: MAX_PIXELS / 1e6,
  });
  return { pixels: data, height, width };
}

/**
 * True if the end marker FF D9 follows the last scan. Bytes after it are allowed, because some programs append them.
 */
function endsWithMarker(bytes: Buffer): boolean {
  const end = bytes.lastIndexOf(Buffer.from([0xff, 0xd9]));
  return end > bytes.lastIndexOf(Buffer.from([0xff, 0xda]));
}

async function decodePng(bytes: Buffer): Promise<DecodedImage> {
  if (bytes.lastIndexOf('IEND') < 0) throw new Error('the PNG data end before their end chunk');
  const [claimedWidth, claimedHeight] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (claimedWidth * claimedHeight > MAX_PIXELS)
    throw new Error(`its size is ${claimedWidth} x ${claimedHeight} pixels, more than ${MAX_PIXELS / 1e6} megapixels`);
  const { PNG } = (await import('pngjs')).default;
  const { data, height, width } = PNG.sync.read(bytes);
  const pixels = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = data[4 * i + channel] as number;
  }
  return { pixels, height, width };
}
