// Modules that the script and its engine, two files, must have in common: an
// error of one is an error to the other, and they know the same listeners.
// build/bundle.mjs makes the engine's imports of them lead here.

import * as args from './args';
import * as entries from './entries';
import * as errors from './errors';
import * as listeners from './listeners';

export const shared = { args, entries, errors, listeners };
