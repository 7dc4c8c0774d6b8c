// What an incoming message costs the page's thread.

import { bare, cpuFor, open } from '../receivers.mjs';

export default {
  title: "CPU of the page's thread for a message that comes",
  unit: 'µs',
  open,
  measure: (contender) => cpuFor(contender, 3000),
  ratios: [['parley', bare]],
};
