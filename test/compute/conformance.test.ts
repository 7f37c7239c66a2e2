// Every backend that loads here is held to the conformance suite.
import { findBackends } from '../../src/compute/find-backends.ts';
import { conformanceSuite } from './conformance.ts';

for (const name of findBackends()) conformanceSuite(name);
