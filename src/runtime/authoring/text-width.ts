// Columns that text takes in a terminal: wide characters take two, combining ones none.
import stringWidth from 'string-width';

/** Texts of these characters, most of all that is shown, take one column each. */
const SIMPLE = /^[\x20-\x7e]*$/;

export function widthOf(text: string): number {
  return SIMPLE.test(text) ? text.length : stringWidth(text);
}

/** The text with blanks behind it up to this width. */
export function padRight(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** The text with blanks before it up to this width. */
export function padLeft(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Characters as a terminal shows them, each with the columns it takes. */
export function* glyphsOf(text: string): Generator<readonly [glyph: string, width: number]> {
  for (const { segment } of new Intl.Segmenter().segment(text)) yield [segment, widthOf(segment)];
}

/** As much of the beginning as these columns hold. */
export function startOf(text: string, columns: number): string {
  let [start, used] = ['', 0];
  for (const [glyph, width] of glyphsOf(text)) {
    if ((used += width) > columns) return start;
    start += glyph;
  }
  return start;
}

/** As much of the end as these columns hold. */
export function endOf(text: string, columns: number): string {
  const glyphs = [...glyphsOf(text)];
  let [at, used] = [glyphs.length, 0];
  while (at > 0 && (used += glyphs[at - 1]?.[1] ?? 0) <= columns) at--;
  return glyphs
    .slice(at)
    .map(([glyph]) => glyph)
    .join('');
}
