// What an incoming message costs the page's thread, by the number of agents who are in the chat.

import { withUsers } from '../grown.mjs';
import { cpuFor, openGrown } from '../receivers.mjs';

export default {
  title: "page's CPU for a message that comes, by the agents in the chat",
  unit: 'µs',
  axis: 'agents',
  points: [1, 10, 100, 1000],
  open: (bench, agents) => openGrown(bench, withUsers(agents)),
  measure: (contender) => cpuFor(contender, 1000),
};
