// Decodes PNG files with pngjs. Loaded only when such a file is read.
import { PNG } from 'pngjs';
import type { DecodedImage } from './decoded-image.ts';

/**
 * Decodes a PNG file.
 * @throws Error if it is damaged, truncated, or has more than `maxPixels` pixels
 */
export function decodePng(bytes: Buffer, maxPixels: number): DecodedImage {
  if (bytes.lastIndexOf('IEND') < 0) throw new Error('the PNG data end before their end chunk');
  const [claimedWidth, claimedHeight] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  if (claimedWidth * claimedHeight > maxPixels)
    throw new Error(`its size is ${claimedWidth} x ${claimedHeight} pixels, more than ${maxPixels / 1e6} megapixels`);
  const { data, height, width } = PNG.sync.read(bytes);
  const pixels = new Uint8Array(height * width * 3);
  for (let i = 0; i < height * width; i++) {
    for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = data[4 * i + channel] as number;
  }
  return { pixels, height, width };
}
