// How long the chat takes to come back, by the length of its history.

import { withHistory } from '../grown.mjs';
import { open, restore } from '../restored.mjs';
import { begun } from '../starts.mjs';

export default {
  title: 'restore of a chat, by its history',
  unit: 'ms',
  axis: 'entries',
  points: [1, 10, 100, 1000, 10_000, 100_000],
  open: (bench, entries) => open(bench, withHistory(entries)),
  measure: (contender) => restore(contender, begun),
};
