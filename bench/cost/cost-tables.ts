// Tables of the cost model in Markdown.
import type { Fleet } from './cost-model.ts';
import { bill, costsOf } from './cost-model.ts';
import type { Study } from './studies.ts';

export interface Assumptions extends Omit<Fleet, 'processors'> {
  readonly images: number;
}

const FLEETS = [1, 8, 64] as const;

/** Table of floating-point operations at each tap: per forward pass, per evaluation, per image. */
export function tapTable(studies: readonly Study[]): string {
  return table(
    ['network', 'tap', 'forward, GFLOP', 'evaluation, GFLOP', 'image, TFLOP'],
    studies.flatMap(({ name, network, taps }) =>
      costsOf(network, taps).map(({ layer, forward, evaluation, image }) => [
        name,
        layer,
        digits(forward / 1e9),
        digits(evaluation / 1e9),
        digits(image / 1e12),
      ]),
    ),
  );
}

/** Table of the time and price for a data set, at all taps and at all taps but the logits. */
export function billTable(studies: readonly Study[], { images, ...one }: Assumptions): string {
  return table(
    ['network', 'taps', ...FLEETS.map((n) => `${n} GPU${n === 1 ? '' : 's'}`), 'money'],
    studies.flatMap(({ name, network, taps }) =>
      [taps, taps.slice(0, -1)].map((chosen) => {
        const costs = costsOf(network, chosen);
        const bills = FLEETS.map((processors) => bill(costs, images, { ...one, processors }));
        return [
          name,
          chosen === taps ? `all ${taps.length}` : 'without the logits',
          ...bills.map(({ hours }) => duration(hours)),
          `$${digits(bills[0]!.money)}`,
        ];
      }),
    ),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Formats a number with two significant digits; the assumptions allow no more. */
function digits(value: number): string {
  const rounded = Number(value.toPrecision(2));
  return rounded >= 1000 ? rounded.toLocaleString('en') : String(rounded);
}

function duration(hours: number): string {
  if (hours < 1) return `${digits(60 * hours)} min`;
  return hours < 48 ? `${digits(hours)} h` : `${digits(hours / 24)} days`;
}
