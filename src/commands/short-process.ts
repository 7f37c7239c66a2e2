// V8 flags for a process that links a pipeline. Such a process usually ends before optimised code would pay for its
// compilation.

/** Amount of executed bytecode, in bytes, after which V8 considers optimising a function; its default is 67,584. */
const INTERRUPT_BUDGET = 1_000_000;

/**
 * Delays V8's optimisation of functions. Code that is executed for a fraction of a second is then not compiled a second
 * time on cores that the steps need; a hot loop is optimised some milliseconds later. A call does not pay if nothing
 * has to be linked: loading `node:v8` takes longer than the delay saves.
 */
export async function optimizeLater(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}
