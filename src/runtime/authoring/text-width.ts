// Columns that a text occupies in a terminal: wide characters occupy two, combining characters none.
import stringWidth from 'string-width';

/** Pattern of texts that occupy one column per character. Most texts match. */
const SIMPLE = /^[\x20-\x7e]*$/;

export function widthOf(text: string): number {
  return SIMPLE.test(text) ? text.length : stringWidth(text);
}

/** Text padded with spaces on the right to `width` columns. */
export function padRight(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Text padded with spaces on the left to `width` columns. */
export function padLeft(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Characters as a terminal shows them, each with its number of columns. */
export function* glyphsOf(text: string): Generator<readonly [glyph: string, width: number]> {
  for (const { segment } of new Intl.Segmenter().segment(text)) yield [segment, widthOf(segment)];
}

/** Longest beginning of a text that fits into `columns`. */
export function startOf(text: string, columns: number): string {
  let [start, used] = ['', 0];
  for (const [glyph, width] of glyphsOf(text)) {
    if ((used += width) > columns) return start;
    start += glyph;
  }
  return start;
}

/** Longest end of a text that fits into `columns`. */
export function endOf(text: string, columns: number): string {
  const glyphs = [...glyphsOf(text)];
  let [at, used] = [glyphs.length, 0];
  while (at > 0 && (used += glyphs[at - 1]?.[1] ?? 0) <= columns) at--;
  return glyphs
    .slice(at)
    .map(([glyph]) => glyph)
    .join('');
}
