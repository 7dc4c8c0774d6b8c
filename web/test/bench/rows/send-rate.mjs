// Messages a second, with 64 on their way.

import { open } from '../senders.mjs';

const atOnce = 64;
const sends = 1000;

export default {
  title: `messages with ${atOnce} on their way`,
  unit: 'messages/s',
  more: true, // is better
  open,
  /** One sample: a block of sends. */
  measure: ({ page, name }) =>
    page.evaluate(
      async ([name, atOnce, sends]) => {
        let next = 0;
        const begun = performance.now();
        const sender = async () => {
          while (next < sends) await contenders[name](next++);
        };
        await Promise.all(Array.from({ length: atOnce }, sender));
        return (sends / (performance.now() - begun)) * 1000;
      },
      [name, atOnce, sends],
    ),
  /** What is set against what, beside older builds. */
  ratios: [
    ['parley', 'raw WebSocket'],
    ['parley', 'bare socket to parleyd'],
    ['parley', 'socket.io + SQLite'],
    ['parley', 'centrifuge'],
    ['bare socket to parleyd', 'socket.io + SQLite'],
  ],
};
