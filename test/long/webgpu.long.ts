// The whole conformance suite on webgpu, of which conformance.test.ts runs a part.
import { describe, it } from 'vitest';
import { conformanceSuite } from '../compute/conformance.ts';
import { noWebgpu, useWebgpu } from '../compute/webgpu-here.ts';

useWebgpu();
if (noWebgpu === undefined) conformanceSuite('webgpu');
else describe('operators on webgpu', () => it.skip(`skipped: ${noWebgpu}`));
