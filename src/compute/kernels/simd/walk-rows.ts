// Enumerates, row by row, the pairs of pixels that a convolution connects: one pixel of the image x, and one pixel of
// the output y (or of its gradient dy).
import type { ConvGeometry, Pair } from '../geometry.ts';

/**
 * Calls `visit` for every row of dy [batch, h, w, .] and every tap of a filter [kh, kw]. Each call gives `count` pairs
 * of a pixel of dy and a pixel of x [batch, height, width, .]. The pixels of dy start at `dyPixel` and are neighbours.
 * The pixels of x start at `xPixel` and are one stride apart. Pairs whose pixel of x would lie outside the image are
 * left out. The outer loops are over rows of dy, so that the rows of x stay in the CPU cache.
 */
export function walkRows(
  { stride, dilation, padding: [top, , left] }: Omit<ConvGeometry, 'groups'>,
  [kh, kw]: Pair,
  [, height, width]: readonly number[],
  [batch, h, w]: readonly number[],
  visit: (xPixel: number, dyPixel: number, tap: number, count: number) => void,
): void {
  const columns = Array.from({ length: kw }, (_, v) => {
    const shift = v * dilation[1] - left; // column of x that pairs with the first column of dy
    const first = Math.max(0, Math.ceil(-shift / stride[1]));
    const end = Math.min(w!, Math.floor((width! - 1 - shift) / stride[1]) + 1);
    return { v, first, count: end - first, column: first * stride[1] + shift };
  }).filter(({ count }) => count > 0);
  for (let image = 0; image < batch!; image++) {
    for (let i = 0; i < h!; i++) {
      for (let u = 0; u < kh; u++) {
        const row = i * stride[0] + u * dilation[0] - top;
        if (row < 0 || row >= height!) continue;
        const [xRow, dyRow] = [(image * height! + row) * width!, (image * h! + i) * w!];
        for (const { v, first, count, column } of columns) visit(xRow + column, dyRow + first, u * kw + v, count);
      }
    }
  }
}
