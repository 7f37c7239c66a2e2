// The kind `value`: any JSON value.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const valueKind = defineKind({ name: 'value', doc: 'Any JSON value.', codec: 'json' });
