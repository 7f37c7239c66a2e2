// Words: the text of a failure for people. They have a file of their own so that the catalogue and failure.ts do not
// import each other.

/** Text of a failure: a headline, labelled values, and advice. */
export interface Words {
  readonly headline: string;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly help?: string;
}

/** Values with the names `name`, `name (2)`, `name (3)` and so on. */
export function numbered(name: string, texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map((text, k) => [k === 0 ? name : `${name} (${k + 1})`, text]));
}
