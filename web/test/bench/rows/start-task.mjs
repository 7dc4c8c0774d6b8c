// The longest task of the page's thread from the script tag to the end of ICF.init, with everything in the cache.

import { open, visit } from '../starts.mjs';
import { longestTask } from '../trace.mjs';

export const startTask = async (contender, slower) => (await visit(contender, { slower, look: longestTask })) / 1000;

export default {
  title: 'longest task of a warm start',
  unit: 'ms',
  open,
  measure: (contender) => startTask(contender),
};
