// V8 flags for a process that links a pipeline: it usually ends before optimized code pays for its compilation.

/** Bytes of bytecode that run before V8 considers to optimize a function; its default is 67,584. */
const INTERRUPT_BUDGET = 1_000_000;

/**
 * Makes V8 wait longer before it optimizes a function. Code that runs for a fraction of a second is then not compiled a second time, on
 * cores that the steps need; a hot loop is optimized some milliseconds later. Loading `node:v8` takes longer than this gains where
 * nothing has to be linked.
 */
export async function optimizeLater(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}
