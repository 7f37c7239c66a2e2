// Instantiates the WebAssembly functions of scripts/simd-rows.ts in the memory of tfjs's wasm backend.
import { ROWS_WASM } from './rows-module.ts';

/**
 * Functions of the WebAssembly module. Pointers and steps are in bytes, values are float32, and counts are at least
 * one. scripts/simd-rows.ts documents each function.
 */
interface Rows {
  readonly addProducts: (...operands: RowOperands) => void;
  readonly addScaled: (...operands: RowOperands) => void;
  readonly addMatrixProduct: (...operands: [...RowOperands, rows: number, zRow: number, xRow: number]) => void;
}
type RowOperands = [z: number, x: number, y: number, count: number, channels: number, xStep: number, yStep: number];

let rows: { readonly memory: object; readonly functions: Rows } | undefined;

/**
 * Instantiates the WebAssembly module.
 * @param memory the WebAssembly memory, which stays the same object when it grows
 */
export function rowsIn(memory: object): Rows {
  if (rows?.memory !== memory) {
    const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyClasses }).WebAssembly;
    const { exports } = new Instance(new Module(Buffer.from(ROWS_WASM, 'base64')), { tfjs: { memory } });
    rows = { memory, functions: exports as Rows };
  }
  return rows.functions;
}

/** WebAssembly types, which TypeScript declares only for browsers. */
interface WebAssemblyClasses {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}
