// What an incoming message costs the page's thread, by the number of chats that an agent is in.

import { withChats } from '../grown.mjs';
import { cpuFor, openGrown } from '../receivers.mjs';

export default {
  title: "page's CPU for a message that comes, by the chats that the agent is in",
  unit: 'µs',
  axis: 'chats',
  points: [1, 5, 10, 25, 50],
  open: (bench, chats) => openGrown(bench, withChats(chats)),
  measure: (contender) => cpuFor(contender, 1000),
};
