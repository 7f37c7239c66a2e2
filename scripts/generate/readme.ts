// Generates the table of node types in README.md. The rest of that file is written by hand.
import { existsSync, readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

/** Returns the text of the README with `table` between its two marks; undefined if the marks are missing. */
export async function readmeWith(path: string, table: string): Promise<string | undefined> {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const [begin, end] = ['<!-- nodes:begin -->', '<!-- nodes:end -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) return undefined;
  const pretty = await format(table, { ...(await resolveConfig(path)), parser: 'markdown' });
  return `${text.slice(0, from + begin.length)}\n\n${pretty}\n${text.slice(to)}`;
}
