// How V8 is set in a process that has a pipeline to link: it is mostly over before optimized code pays for its compilation.

/** In bytes of bytecode, between two looks at whether a function is hot; V8 has 67,584. */
const INTERRUPT_BUDGET = 1_000_000;

/**
 * Has V8 wait longer before it optimizes a function. What is run for a fraction of a second is then not compiled twice on the
 * cores that the steps need; a hot loop is optimized some milliseconds later. Loads `node:v8`, which takes longer than it gains
 * in a process that has nothing to do.
 */
export async function optimizeLater(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString(`--interrupt-budget=${INTERRUPT_BUDGET}`);
}
