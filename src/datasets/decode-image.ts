// Decodes a JPEG or PNG file to 8-bit RGB. A truncated file is a failure, not a picture with a grey rest. JPEG decoders may differ by
// a level or two (chroma upsampling, rounding); this one is the same on every machine.
import { readFile } from 'node:fs/promises';
import { fail, failure } from '../runtime/contracts/failure.ts';

export interface DecodedImage {
  /** RGB, row by row, channels last. */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
}

/** Pattern of the names of image files. */
export const imageName = /\.(jpe?g|png)$/i;

/** Largest image that is decoded: a small file may claim a size that fills the memory. The JPEG decoder has the same limit. */
const MAX_PIXELS = 100e6;

/**
 * Reads one file; its first bytes decide the format. Transparency is left out, 16-bit PNG is cut to 8 bits.
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
  // The decoder takes a file that ends early for complete when only whole blocks are missing: the end marker tells.
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

/** Some writers append bytes after the image; the end marker FF D9 must still be there, after the last scan. */
function endsWithMarker(bytes: Buffer): boolean {
  const end = bytes.lastIndexOf(Buffer.from([0xff, 0xd9]));
  return end > bytes.lastIndexOf(Buffer.from([0xff, 0xda]));
}

async function decodePng(bytes: Buffer): Promise<DecodedImage> {
  if (bytes.lastIndexOf('IEND') < 0) throw new Error('the PNG data end before their end chunk');
  const [claimedWidth, claimedHeight] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (claimedWidth * claimedHeight > MAX_PIXELS)
    throw new Error(`it claims ${claimedWidth} x ${claimedHeight} pixels, more than ${MAX_PIXELS / 1e6} megapixels`);
  const { PNG } = (await import('pngjs')).default;
  const { data, height, width } = PNG.sync.read(bytes);
  const pixels = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = data[4 * i + channel] as number;
  }
  return { pixels, height, width };
}
