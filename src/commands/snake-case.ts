// Names in JSON output: snake_case, as in pipelines and tables.

/** Copy of a record with its keys in snake_case: `itemResults` becomes `item_results`. */
export function snakeKeys(record: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
