// `npm run cost [-- --images N --tflops T --price P]`: the cost of measuring a data set, from counted operations,
// measured numbers of evaluations, and an assumed speed (TFLOP/s that one GPU achieves) and price (per GPU and hour).
import { parseArgs } from 'node:util';
import { billTable, tapTable } from './cost-tables.ts';
import { ASSUMED, STUDIES } from './studies.ts';

const values = optionsGiven();

function optionsGiven(): { readonly images?: string; readonly tflops?: string; readonly price?: string } {
  try {
    const options = { images: { type: 'string' }, tflops: { type: 'string' }, price: { type: 'string' } } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(`${(error as Error).message}; the options are --images N, --tflops T, --price P`);
  }
}

function positive(name: keyof typeof values, usual: number): number {
  const number = Number(values[name] ?? usual);
  if (number > 0 && Number.isFinite(number)) return number;
  return refuse(`--${name} is "${values[name] ?? ''}", not a number above 0; write e.g. --${name} ${usual}`);
}

function refuse(why: string): never {
  console.error(`error: ${why}`);
  process.exit(2);
}

const assumptions = {
  images: positive('images', ASSUMED.images),
  speed: 1e12 * positive('tflops', ASSUMED.speed / 1e12),
  price: positive('price', ASSUMED.price),
};
console.log(`${tapTable(STUDIES)}\n\n${billTable(STUDIES, assumptions)}`);
