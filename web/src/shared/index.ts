// What the script hands over to its engine, so that a page has each of these once: an error
// of one file is an error in the other, and both know the same listeners. build/shared.mjs
// reads the names here, and makes the engine's imports lead here.

import { file, isVisible, oneOf, optFunction, optObject, optText, text, toJSON } from './args';
import { dated, entries, requests } from './entries';
import { ParleyError, reason, refused, report, unanswered } from './errors';
import { emitterOf, Listenable } from './listeners';
import { log, write } from './logger';

export const shared = {
  args: { file, isVisible, oneOf, optFunction, optObject, optText, text, toJSON },
  entries: { dated, entries, requests },
  errors: { ParleyError, reason, refused, report, unanswered },
  listeners: { emitterOf, Listenable },
  logger: { log, write },
};
