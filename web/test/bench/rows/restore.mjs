// How long a reload takes until a long conversation is there again.

import { withHistory } from '../grown.mjs';
import * as restored from '../restored.mjs';
import { begun } from '../starts.mjs';

const entries = 10_000;

export const open = (bench) => restored.open(bench, withHistory(entries));

export default {
  title: 'restore of 10,000 entries, from the script tag to the end of ICF.init',
  unit: 'ms',
  open,
  measure: (contender) => restored.restore(contender, begun),
};
