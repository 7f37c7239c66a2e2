// The inner loops of src/math/random.ts as WebAssembly text: xoshiro128** with the ziggurat, and random signs. V8 keeps
// the four words of the state in registers here and checks no array bounds, which halves the time per number.

import { NOISE_LAYOUT } from '../src/math/noise-layout.ts';

/**
 * Returns a module with its own memory, laid out as NOISE_LAYOUT.
 * - normals32, normals64: write `count` N(0, 1) numbers as float32 or float64. For a word outside the rectangle of its
 *   layer, they call the imported function `outside`, which may take further words from the state.
 * - signs: writes 32 float32 signs for each of `count` words, lowest bit first; 1 for a bit 0
 */
export function noiseWat(): string {
  const { output } = NOISE_LAYOUT;
  const store32 = `(f32.store offset=${output} (i32.shl (local.get $i) (i32.const 2)) (f32.demote_f64 (local.get $z)))`;
  const store64 = `(f64.store offset=${output} (i32.shl (local.get $i) (i32.const 3)) (local.get $z))`;
  return `(module
  (import "random" "outside" (func $outside (param i32) (result f64)))
  (memory (export "memory") 2 2)
  ${normals('normals32', store32)}
  ${normals('normals64', store64)}
  ${signs()})
`;
}

function normals(name: string, store: string): string {
  return `(func (export "${name}") (param $count i32)
    (local $i i32) (local $layer i32) (local $u i32) (local $z f64) ${LOCALS}
    ${LOAD_STATE}
    (loop $next
      ${NEXT_WORD}
      (local.set $layer (i32.and (local.get $word) (i32.const 127)))
      (local.set $u (i32.shr_s (local.get $word) (i32.const 7)))
      (if (i32.lt_s
            (i32.xor (local.get $u) (i32.shr_s (local.get $u) (i32.const 31)))
            (i32.load offset=${NOISE_LAYOUT.limits} (i32.shl (local.get $layer) (i32.const 2))))
        (then (local.set $z (f64.mul
          (f64.add (f64.convert_i32_s (local.get $u)) (f64.const 0.5))
          (f64.load offset=${NOISE_LAYOUT.scales} (i32.shl (local.get $layer) (i32.const 3))))))
        (else
          ${STORE_STATE}
          (local.set $z (call $outside (local.get $word)))
          ${LOAD_STATE}))
      ${store}
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $i) (local.get $count))))
    ${STORE_STATE})`;
}

function signs(): string {
  const four = (k: number): string => `
    (v128.store offset=${NOISE_LAYOUT.output + 16 * k} (local.get $at)
      (v128.or (v128.const i32x4 0x3f800000 0x3f800000 0x3f800000 0x3f800000)
        (v128.and (v128.const i32x4 0x80000000 0x80000000 0x80000000 0x80000000)
          (i32x4.mul (i32x4.splat (i32.shr_u (local.get $word) (i32.const ${4 * k})))
            (v128.const i32x4 0x80000000 0x40000000 0x20000000 0x10000000)))))`;
  return `(func (export "signs") (param $count i32)
    (local $at i32) ${LOCALS}
    ${LOAD_STATE}
    (loop $next
      ${NEXT_WORD}
      ${[0, 1, 2, 3, 4, 5, 6, 7].map(four).join('')}
      (local.set $at (i32.add (local.get $at) (i32.const 128)))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    ${STORE_STATE})`;
}

const WORDS = ['a', 'b', 'c', 'd'] as const;
const LOCALS = `(local $word i32) (local $shifted i32) ${WORDS.map((name) => `(local $${name} i32)`).join(' ')}`;
const at = (i: number): string => `(i32.const ${NOISE_LAYOUT.state + 4 * i})`;
const LOAD_STATE = WORDS.map((name, i) => `(local.set $${name} (i32.load ${at(i)}))`).join(' ');
const STORE_STATE = WORDS.map((name, i) => `(i32.store ${at(i)} (local.get $${name}))`).join(' ');

const xor = (to: string, from: string): string =>
  `(local.set $${to} (i32.xor (local.get $${to}) (local.get $${from})))`;

/** Sets $word to the next word of xoshiro128** and advances the state. */
const NEXT_WORD = `
  (local.set $word (i32.mul (i32.const 9) (i32.rotl (i32.mul (local.get $b) (i32.const 5)) (i32.const 7))))
  (local.set $shifted (i32.shl (local.get $b) (i32.const 9)))
  ${xor('c', 'a')} ${xor('d', 'b')} ${xor('b', 'c')} ${xor('a', 'd')} ${xor('c', 'shifted')}
  (local.set $d (i32.rotl (local.get $d) (i32.const 11)))`;
