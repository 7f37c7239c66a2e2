// Lethe's wasm kernels as WebAssembly text: the inner loops of convolution gradients, which tfjs lacks. The text is
// generated, because the same loops are needed for several vector widths.

/**
 * Returns a module of functions on the memory of tfjs. Values are float32, with channels last. Pointers and the strides
 * xStep, yStep, xRow and zRow are in bytes. x[j] and y[j] are at offsets j xStep and j yStep; count, channels, rows are
 * at least 1.
 * - addProducts: z[c] += sum over j < count of x[j][c] y[j][c], for c < channels
 * - addScaled: y[j][c] += z[c] x[j][c], for j < count, c < channels
 * - addMatrixProduct: z[i][c] += sum over j < count of x[i][j][0] y[j][c], for i < rows, c < channels, with z[i] at i
 * zRow and x[i] at i xRow
 */
export function rowsWat(): string {
  return `(module
  (import "tfjs" "memory" (memory 0))
  (func (export "addProducts") ${OPERANDS} ${overChannels(addProducts)})
  (func (export "addScaled") ${OPERANDS} ${overChannels(addScaled)})
  (func $addWeighted ${OPERANDS} ${overChannels(addWeighted)})
  (func (export "addMatrixProduct") ${PARAMETERS} (param $rows i32) (param $zRow i32) (param $xRow i32)
    (loop $next
      (call $addWeighted ${NAMES.map((name) => get(name)).join(' ')})
      ${advance('z', get('zRow'))} ${advance('x', get('xRow'))}
      (br_if $next ${countDown('rows', 1)}))))
`;
}

/**
 * Code for the channels of one vector, or for a single channel. `before`, `pixel` and `after` run before, in and after
 * the loop over pixels.
 */
interface Recipe {
  /** True if x has channels too; else it has one value for all channels. */
  readonly xHasChannels: boolean;
  readonly before: (lanes: Lanes) => string;
  /** Code that is executed once per pixel for all vectors. */
  readonly firstAtPixel?: (lanes: Lanes) => string;
  readonly pixel: (lanes: Lanes) => string;
  readonly after: (lanes: Lanes) => string;
}

/** Instructions that read, compute and write several neighbouring channels. */
interface Lanes {
  /** Names of local variables: `own` for one vector, `shared` for all vectors. */
  readonly own: string;
  readonly shared: string;
  readonly load: (pointer: string) => string;
  /** Loads one value into all lanes. */
  readonly loadForAll: (pointer: string) => string;
  readonly store: (pointer: string, value: string) => string;
  readonly add: (a: string, b: string) => string;
  readonly multiply: (a: string, b: string) => string;
}

const keepSums = {
  before: ({ own, load }: Lanes) => set(own, load('z')),
  after: ({ own, store }: Lanes) => store('z', get(own)),
};

const addProducts: Recipe = {
  ...keepSums,
  xHasChannels: true,
  pixel: ({ own, add, multiply, load }) => set(own, add(get(own), multiply(load('a'), load('b')))),
};

const addWeighted: Recipe = {
  ...keepSums,
  xHasChannels: false,
  firstAtPixel: ({ shared, loadForAll }) => set(shared, loadForAll('a')),
  pixel: ({ own, shared, add, multiply, load }) => set(own, add(get(own), multiply(get(shared), load('b')))),
};

const addScaled: Recipe = {
  xHasChannels: true,
  before: keepSums.before,
  pixel: ({ own, add, multiply, load, store }) => store('b', add(load('b'), multiply(get(own), load('a')))),
  after: () => '',
};

/** Largest number of vectors in one loop, chosen to hide the latency of an addition. */
const MOST = 4;
const LANES = 4;
const FLOAT = 4;

const NAMES = ['z', 'x', 'y', 'count', 'channels', 'xStep', 'yStep'] as const;
const PARAMETERS = NAMES.map((name) => `(param $${name} i32)`).join(' ');
const VECTORS = Array.from({ length: MOST }, (_, i) => `(local $v${i} v128)`).join(' ');
const OPERANDS = `${PARAMETERS} (local $a i32) (local $b i32) (local $j i32) (local $s f32) (local $sharedOne f32) ${VECTORS} (local $shared v128)`;

const get = (name: string): string => `(local.get $${name})`;
const set = (name: string, value: string): string => `(local.set $${name} ${value})`;
const advance = (name: string, bytes: string): string => set(name, `(i32.add ${get(name)} ${bytes})`);
const countDown = (name: string, by: number): string => `(local.tee $${name} (i32.sub ${get(name)} (i32.const ${by})))`;

const single: Lanes = {
  own: 's',
  shared: 'sharedOne',
  load: (pointer) => `(f32.load ${get(pointer)})`,
  loadForAll: (pointer) => `(f32.load ${get(pointer)})`,
  store: (pointer, value) => `(f32.store ${get(pointer)} ${value})`,
  add: (a, b) => `(f32.add ${a} ${b})`,
  multiply: (a, b) => `(f32.mul ${a} ${b})`,
};

const vector = (i: number): Lanes => ({
  own: `v${i}`,
  shared: 'shared',
  load: (pointer) => `(v128.load offset=${FLOAT * LANES * i} ${get(pointer)})`,
  loadForAll: (pointer) => `(v128.load32_splat ${get(pointer)})`,
  store: (pointer, value) => `(v128.store offset=${FLOAT * LANES * i} ${get(pointer)} ${value})`,
  add: (a, b) => `(f32x4.add ${a} ${b})`,
  multiply: (a, b) => `(f32x4.mul ${a} ${b})`,
});

/** Returns code that processes all channels: groups of four vectors, then single vectors, then single channels. */
function overChannels(recipe: Recipe): string {
  const vectors = Array.from({ length: MOST }, (_, i) => vector(i));
  return (
    whileLeft(MOST * LANES, vectors, recipe) + whileLeft(LANES, [vector(0)], recipe) + whileLeft(1, [single], recipe)
  );
}

/** Returns code that processes `width` channels at a time, as long as at least `width` channels are left. */
function whileLeft(width: number, parts: readonly Lanes[], recipe: Recipe): string {
  const { xHasChannels, before, firstAtPixel, pixel, after } = recipe;
  const each = (code: (lanes: Lanes) => string): string => parts.map(code).join('\n');
  const bytes = `(i32.const ${FLOAT * width})`;
  return `
    (block $done${width} (loop $next${width}
      (br_if $done${width} (i32.lt_u ${get('channels')} (i32.const ${width})))
      ${set('a', get('x'))} ${set('b', get('y'))} ${set('j', get('count'))}
      ${each(before)}
      (loop $pixel
        ${firstAtPixel?.(parts[0]!) ?? ''}
        ${each(pixel)}
        ${advance('a', get('xStep'))} ${advance('b', get('yStep'))}
        (br_if $pixel ${countDown('j', 1)}))
      ${each(after)}
      ${advance('z', bytes)} ${advance('y', bytes)} ${xHasChannels ? advance('x', bytes) : ''}
      (drop ${countDown('channels', width)})
      (br $next${width})))`;
}
