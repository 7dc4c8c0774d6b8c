// How long the chat takes to come back, by the number of agents who are in it.

import { withUsers } from '../grown.mjs';
import { open, restore } from '../restored.mjs';
import { begun } from '../starts.mjs';

export default {
  title: 'restore of a chat, by the agents in it',
  unit: 'ms',
  axis: 'agents',
  points: [1, 10, 100, 1000],
  open: (bench, agents) => open(bench, withUsers(agents)),
  measure: (contender) => restore(contender, begun),
};
