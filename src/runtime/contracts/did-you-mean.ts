// The name somebody may have meant.

/** The known name nearest to `name`, if it is near enough to be what was meant. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const wanted = simplify(name);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 0.5;
  for (const candidate of known) {
    const near = simplify(candidate);
    const slips = Math.abs(near.length - wanted.length) >= least ? Infinity : editDistance(wanted, near);
    const distance = isShortFor(wanted, near) ? Math.min(slips, SHORTENING) : slips;
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** A shortened name is nearly as likely as one slip, and likelier than two. */
const SHORTENING = 1.25;

/** Whether it is the start of a name (`conc` of `concentration`), or the half of its letters in order (`imgs` of `images`). */
function isShortFor(short: string, name: string): boolean {
  if (short.length < 3 || short[0] !== name[0]) return false;
  if (name.startsWith(short)) return true;
  let at = 0;
  for (const letter of name) if (letter === short[at]) at++;
  return at === short.length && 2 * short.length >= name.length;
}

/** Case and separators are seldom the point: `deltaF2` is `delta_f2` is `delta-f2`. */
function simplify(name: string): string {
  return name.toLowerCase().replace(/(?!^)[-_ ]/g, '');
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + change);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      next.push(cost);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}

/** The values every failure about an unknown name carries. */
export function nearest(name: string, known: Iterable<string>): Readonly<Record<string, string>> {
  const near = didYouMean(name, known);
  return near === undefined ? {} : { 'did you mean': near };
}

/** Names for a message; very many are cut off. */
export function listNames(names: Iterable<string>, limit = 24): string {
  const all = [...names];
  if (all.length === 0) return '(none)';
  return all.length > limit ? `${all.slice(0, limit).join(', ')}, ... (${all.length - limit} more)` : all.join(', ');
}
