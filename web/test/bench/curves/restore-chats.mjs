// How long an agent's chats take to come back, by their number.

import { withChats } from '../grown.mjs';
import { open, restore } from '../restored.mjs';
import { begun } from '../starts.mjs';

export default {
  title: "restore of an agent's chats, by their number",
  unit: 'ms',
  axis: 'chats',
  points: [1, 5, 10, 25, 50],
  open: (bench, chats) => open(bench, withChats(chats)),
  measure: (contender) => restore(contender, begun),
};
