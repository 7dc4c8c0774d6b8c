// What an incoming message costs the page's thread on a phone.

import { busyFor, phone } from '../receivers.mjs';

const bare = 'bare socket, frames parsed';

export default {
  name: 'inbound-phone',
  title: "µs of the page's thread for a message that comes, with the CPU of a phone",
  receives: true,
  measure: (contender) => busyFor(contender, 1000, phone),
  ratios: [['parley', bare]],
};
