// The catalogue of failures: every reason with its data and its only wording, one file per topic. An entry is a
// function from data (plain JSON) to words. Headlines begin in lower case and name the file, value or step of the user;
// `help` is advice.
import type { Words } from '../words.ts';
import { authoringFailures } from './authoring.ts';
import { backendsFailures } from './backends.ts';
import { commandsFailures } from './commands.ts';
import { datasetsFailures } from './datasets.ts';
import { engineFailures } from './engine.ts';
import { fileFailures } from './files.ts';
import { measuresFailures } from './measures.ts';
import { memoryFailures } from './memory.ts';
import { modulesFailures } from './modules.ts';
import { networksFailures } from './networks.ts';
import { notationFailures } from './notation.ts';
import { setupFailures } from './setup.ts';
import { storeFailures } from './store.ts';
import { sweepFailures } from './sweeps.ts';
import { tablesFailures } from './tables.ts';
import { trainingFailures } from './training.ts';
import { weightsFailures } from './weights.ts';
import { workersFailures } from './workers.ts';

export const CATALOGUE = {
  ...authoringFailures,
  ...backendsFailures,
  ...commandsFailures,
  ...datasetsFailures,
  ...engineFailures,
  ...fileFailures,
  ...measuresFailures,
  ...memoryFailures,
  ...modulesFailures,
  ...networksFailures,
  ...notationFailures,
  ...setupFailures,
  ...storeFailures,
  ...sweepFailures,
  ...tablesFailures,
  ...trainingFailures,
  ...weightsFailures,
  ...workersFailures,
} as const satisfies Readonly<Record<string, (data: never) => Words>>;
