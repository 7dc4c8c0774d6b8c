// What an incoming message costs the page's thread.

import { busyFor } from '../receivers.mjs';

const bare = 'bare socket, frames parsed';

export default {
  name: 'inbound',
  title: "µs of the page's thread for a message that comes",
  receives: true,
  measure: (contender) => busyFor(contender, 3000),
  ratios: [['parley', bare]],
};
