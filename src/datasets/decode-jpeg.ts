// Decodes JPEG files with jpeg-js. Loaded only when such a file is read.
import jpeg from 'jpeg-js';
import type { DecodedImage } from './decoded-image.ts';

/**
 * Decodes a JPEG file.
 * @throws Error if it is damaged, truncated, or has more than `maxPixels` pixels
 */
export function decodeJpeg(bytes: Buffer, maxPixels: number): DecodedImage {
  // The decoder accepts a truncated file if only whole blocks are missing, so the end marker is checked too.
  if (!endsWithMarker(bytes)) throw new Error('the JPEG data end before its end marker');
  const { data, height, width } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: maxPixels / 1e6,
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
