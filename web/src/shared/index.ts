// The modules that the script hands over to its engine, so that a page has each of them
// once: an error of one file is an error in the other, and both know the same listeners.
// build/shared.mjs makes the engine's imports lead here.

import * as args from './args';
import * as entries from './entries';
import * as errors from './errors';
import * as listeners from './listeners';

export const shared = { args, entries, errors, listeners };
