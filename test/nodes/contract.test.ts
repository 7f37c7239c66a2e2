// Every built-in node type keeps the contract that users' node types are held to.
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { registry } from '../../src/registry.ts';
import { checkNode } from '../../src/testing.ts';

/** Examples name files relative to the project. */
const folder = fileURLToPath(new URL('../../', import.meta.url));

describe.each(registry.types)('%s', (type) => {
  it('is documented; its examples run, give what they declare, and the same again without leaving a tensor', async () => {
    await checkNode(await registry.load(type), { folder });
  });
});
