// `npm run bench:peers [-- NAME...] [--json]`: Lethe against PyTorch: same networks from the same files, same images, same threads,
// in turns in one run. The first run installs PyTorch into a virtual environment of its own; without Python the races are left out.
import type { Measurement } from '../measure.ts';
import { line } from '../measure.ts';
import { peerPython } from './virtual-environment.ts';

/** @param python of the environment that has PyTorch */
type Run = (python: string) => Promise<readonly Measurement[]>;

const RACES: Readonly<Record<string, () => Promise<Run>>> = {
  resnet20: async () => (await import('./resnet20.ts')).onTensorflow,
  'resnet20-wasm': async () => (await import('./resnet20.ts')).onWasm,
  vgg16: async () => (await import('./vgg16-race.ts')).run,
  released: async () => (await import('./released-race.ts')).run,
  sid: async () => (await import('./sid-race.ts')).run,
  training: async () => (await import('./training-race.ts')).run,
};

const args = process.argv.slice(2);
const json = args.includes('--json');
const names = args.filter((arg) => !arg.startsWith('--'));
const unknown = names.filter((name) => !Object.hasOwn(RACES, name));
if (unknown.length > 0) {
  console.error(`error: no race ${unknown.join(', ')}. Races: ${Object.keys(RACES).join(', ')}`);
  process.exit(2);
}

const found = peerPython();
if ('why' in found) console.error(`no race against PyTorch: ${found.why}`);
let failures = 0;
for (const name of names.length > 0 ? names : Object.keys(RACES)) {
  if ('why' in found) break;
  const run = await RACES[name]!();
  for (const one of await run(found.python)) {
    if (!one.holds) failures += 1;
    console.log(json ? JSON.stringify(one) : line(one));
  }
}
process.exitCode = failures > 0 ? 1 : 0;
