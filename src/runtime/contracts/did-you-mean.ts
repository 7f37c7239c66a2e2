// Unknown names: finds the known name that was probably meant, and formats the suggestion for failures.

/** Known name nearest to `name`; undefined if `name` is unlikely to be a misspelling of any known name. */
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

/** Distance assigned to an abbreviation: a little less likely than one typing error, more likely than two. */
const SHORTENING = 1.25;

/**
 * True if `short` abbreviates a name: it is the beginning of the name (`conc` of `concentration`), or consists of at
 * least half of the letters of the name, in order (`imgs` of `images`).
 */
function isShortFor(short: string, name: string): boolean {
  if (short.length < 3 || short[0] !== name[0]) return false;
  if (name.startsWith(short)) return true;
  let at = 0;
  for (const letter of name) if (letter === short[at]) at++;
  return at === short.length && 2 * short.length >= name.length;
}

/** Name in lower case without separators, so that `deltaF2`, `delta_f2` and `delta-f2` compare as equal. */
function simplify(name: string): string {
  return name.toLowerCase().replace(/(?!^)[-_ ]/g, '');
}

/**
 * Least number of insertions, deletions, replacements and swaps of neighbouring letters that turn `a` into `b` (optimal
 * string alignment distance).
 */
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

/** A written name that is not among the known names. */
export interface UnknownName {
  readonly name: string;
  readonly known: readonly string[];
  /** Present name if `name` is a former name (see `presentName`), else undefined. */
  readonly now?: string;
}

/** The part of a card that lists its former names. */
interface Renamed {
  readonly formerly?: readonly string[];
}

/** Present name of the card whose `formerly` lists `name`; undefined if no card lists it. */
export function presentName(name: string, cards: Readonly<Record<string, Renamed>>): string | undefined {
  return Object.keys(cards).find((now) => cards[now]?.formerly?.includes(name) === true);
}

/** Present name if `name` is a former name, else the nearest known name; undefined if no known name is near enough. */
export function meantName({ name, known, now }: UnknownName): string | undefined {
  return now ?? didYouMean(name, known);
}

/** Labelled value `did you mean` of a failure: the nearest known name. Empty if no known name is near enough. */
export function nearest(name: string, known: Iterable<string>): Readonly<Record<string, string>> {
  const near = didYouMean(name, known);
  return near === undefined ? {} : { 'did you mean': near };
}

/**
 * Values and help for a failure about an unknown name: the present name of a former name, else the nearest known name
 * and a list of all known names. `list` is the label of the list; `none` is the help if there are no known names.
 */
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

/** List of names for a message. Names beyond `limit` are only counted. */
export function listNames(names: Iterable<string>, limit = 24): string {
  const all = [...names];
  if (all.length === 0) return '(none)';
  return all.length > limit ? `${all.slice(0, limit).join(', ')}, ... (${all.length - limit} more)` : all.join(', ');
}
