// The longest task of the page's thread while a long conversation comes back.

import { restore } from '../restored.mjs';
import { longestTask } from '../trace.mjs';
import { open } from './restore.mjs';

export default {
  title: 'longest task of a restore of 10,000 entries',
  unit: 'ms',
  open,
  measure: async (contender) => (await restore(contender, longestTask)) / 1000,
};
