// Unknown names: the known name that was probably meant, and what a failure says of it.

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

/** Distance of a shortened name: nearly as likely as one slip, likelier than two. */
const SHORTENING = 1.25;

/** True for the start of a name (`conc` of `concentration`) and for half of its letters in order (`imgs` of `images`). */
function isShortFor(short: string, name: string): boolean {
  if (short.length < 3 || short[0] !== name[0]) return false;
  if (name.startsWith(short)) return true;
  let at = 0;
  for (const letter of name) if (letter === short[at]) at++;
  return at === short.length && 2 * short.length >= name.length;
}

/** The name without case and separators: `deltaF2`, `delta_f2` and `delta-f2` count as one name. */
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

/** A name that somebody wrote and that is not among the known ones. */
export interface UnknownName {
  readonly name: string;
  readonly known: readonly string[];
  /** The present name of what was once called `name`: see `presentName`. */
  readonly now?: string;
}

/** Something that may have had other names before. */
interface Renamed {
  readonly formerly?: readonly string[];
}

/** The present name of what was once called `name`, by the `formerly` of the cards. */
export function presentName(name: string, cards: Readonly<Record<string, Renamed>>): string | undefined {
  return Object.keys(cards).find((now) => cards[now]?.formerly?.includes(name) === true);
}

/** The known name that `name` stands for: its present name, or else the nearest one. */
export function meantName({ name, known, now }: UnknownName): string | undefined {
  return now ?? didYouMean(name, known);
}

/** The values of every failure about an unknown name. */
export function nearest(name: string, known: Iterable<string>): Readonly<Record<string, string>> {
  const near = didYouMean(name, known);
  return near === undefined ? {} : { 'did you mean': near };
}

/** Values and help of every failure about an unknown name: its present name, or the nearest known one and a list of all. */
export function explainUnknown(
  { name, known, now }: UnknownName,
  list: string,
  none = '',
): { readonly values: Readonly<Record<string, string>>; readonly help: string } {
  if (now !== undefined) return { values: {}, help: `${name} is called ${now} now.` };
  return {
    values: nearest(name, known),
    help: known.length === 0 && none !== '' ? none : `${list}: ${listNames(known)}.`,
  };
}

/** Names for a message; very many are cut off. */
export function listNames(names: Iterable<string>, limit = 24): string {
  const all = [...names];
  if (all.length === 0) return '(none)';
  return all.length > limit ? `${all.slice(0, limit).join(', ')}, ... (${all.length - limit} more)` : all.join(', ');
}
