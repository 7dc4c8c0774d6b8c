// What an incoming message costs the page's thread, by the length of the chat's history.

import { withHistory } from '../grown.mjs';
import { cpuFor, openGrown } from '../receivers.mjs';

export default {
  title: "page's CPU for a message that comes, by the history before it",
  unit: 'µs',
  axis: 'entries',
  points: [1, 10, 100, 1000, 10_000, 100_000],
  open: (bench, entries) => openGrown(bench, withHistory(entries)),
  measure: (contender) => cpuFor(contender, 1000),
};
