// What people read of a failure. A file of its own, so that the catalogue and failure.ts do not import each other.

/** How a reason reads: a headline, labelled values, and what to do. */
export interface Words {
  readonly headline: string;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly help?: string;
}
