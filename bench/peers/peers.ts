// `npm run bench:peers [-- NAME...] [--json]`: races Lethe against PyTorch with the same networks from the same files,
// the same images and the same number of threads, alternating within one run. The first run installs PyTorch into a
// separate virtual environment; without Python, the races against PyTorch are left out. The races `outside` and `cold`
// have no peer: they report where the time of a whole run is spent.
import type { Measurement } from '../measure.ts';
import { line } from '../measure.ts';
import { peerPython } from './virtual-environment.ts';

/**
 * Executes a race.
 * @param python Python of the environment with PyTorch
 */
type Race = (python: string) => Promise<readonly Measurement[]>;

const RACES: Readonly<Record<string, () => Promise<Race>>> = {
  resnet20: async () => (await import('./resnet20.ts')).onTensorflow,
  'resnet20-wasm': async () => (await import('./resnet20.ts')).onWasm,
  vgg16: async () => (await import('./vgg16-race.ts')).run,
  sid: async () => (await import('./sid-race.ts')).run,
  released: async () => (await import('./released-race.ts')).run,
  training: async () => (await import('./training-race.ts')).run,
};

const ALONE: Readonly<Record<string, () => Promise<() => Promise<readonly Measurement[]>>>> = {
  outside: async () => (await import('./outside.ts')).run,
  cold: async () => (await import('./cold.ts')).run,
};

const ALL = [...Object.keys(RACES), ...Object.keys(ALONE)];
const args = process.argv.slice(2);
const json = args.includes('--json');
const names = args.filter((arg) => !arg.startsWith('--'));
const unknown = names.filter((name) => !ALL.includes(name));
if (unknown.length > 0) {
  console.error(`error: no race ${unknown.join(', ')}. Races: ${ALL.join(', ')}`);
  process.exit(2);
}

let failures = 0;
let withoutPeer: string | undefined;
for (const name of names.length > 0 ? names : ALL) {
  for (const one of await measure(name)) {
    if (!one.holds) failures += 1;
    console.log(json ? JSON.stringify(one) : line(one));
  }
}
process.exitCode = failures > 0 ? 1 : 0;

async function measure(name: string): Promise<readonly Measurement[]> {
  const alone = ALONE[name];
  if (alone) return (await alone())();
  if (withoutPeer !== undefined) return [];
  const found = peerPython();
  if ('why' in found) {
    withoutPeer = found.why;
    console.error(`no race against PyTorch: ${found.why}`);
    return [];
  }
  return (await RACES[name]!())(found.python);
}
