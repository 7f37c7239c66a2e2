// `npm run bench [-- NAME...] [--json]`: measures Lethe relative to a reference within the same run, and checks each
// ratio against its limit.
import type { Measurement } from './measure.ts';
import { line } from './measure.ts';

const BENCHES: Readonly<Record<string, () => Promise<{ readonly measure: () => Promise<readonly Measurement[]> }>>> = {
  help: () => import('./help.ts'),
  'no-op': () => import('./no-op.ts'),
  'no-op-10k': () => import('./no-op-10k.ts'),
  overhead: () => import('./overhead.ts'),
  store: () => import('./store.ts'),
  sid: () => import('./sid.ts'),
  cores: () => import('./cores.ts'),
  taps: () => import('./taps.ts'),
  gradients: () => import('./gradients.ts'),
};

const args = process.argv.slice(2);
const json = args.includes('--json');
const names = args.filter((arg) => !arg.startsWith('--'));
const unknown = names.filter((name) => BENCHES[name] === undefined);
if (unknown.length > 0) {
  console.error(`error: no bench ${unknown.join(', ')}. Benches: ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}

let failures = 0;
for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
  const load = BENCHES[name];
  if (load === undefined) continue;
  const { measure } = await load();
  for (const one of await measure()) {
    if (!one.holds) failures += 1;
    console.log(json ? JSON.stringify(one) : line(one));
  }
}
process.exitCode = failures > 0 ? 1 : 0;
