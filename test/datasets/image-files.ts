// Writes image files for tests.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';

/** Value of a channel at a pixel. */
export type Paint = (x: number, y: number, channel: number) => number;

function rgba(width: number, height: number, paint: Paint): Buffer {
  const data = Buffer.alloc(width * height * 4, 255);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) data[4 * (y * width + x) + c] = paint(x, y, c);
  }
  return data;
}

export function encodePng(width: number, height: number, paint: Paint): Buffer {
  const png = new PNG({ width, height });
  rgba(width, height, paint).copy(png.data);
  return PNG.sync.write(png);
}

export function encodeJpeg(width: number, height: number, paint: Paint): Buffer {
  return jpeg.encode({ data: rgba(width, height, paint), width, height }, 95).data;
}

export async function write(path: string, bytes: Uint8Array | string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}
