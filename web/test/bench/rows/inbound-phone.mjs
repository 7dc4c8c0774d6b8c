// What an incoming message costs the page's thread on a phone.

import { bare, cpuFor, open, phone } from '../receivers.mjs';

export default {
  title: "CPU of the page's thread for a message that comes, with the CPU of a phone",
  unit: 'µs',
  open,
  measure: (contender) => cpuFor(contender, 1000, phone),
  ratios: [['parley', bare]],
};
