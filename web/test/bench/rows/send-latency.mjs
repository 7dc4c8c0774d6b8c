// One message at a time: from the call to its answer.

import { open } from '../senders.mjs';
import { quantile } from '../statistics.mjs';

const sends = 50;

export default {
  title: 'one message at a time, from the call to the answer (p50)',
  unit: 'µs',
  open,
  /** One sample: a block of sends. */
  async measure({ page, name }) {
    const times = await page.evaluate(
      async ([name, sends]) => {
        const times = [];
        for (let i = 0; i < sends; i++) {
          const begun = performance.now();
          await contenders[name](i);
          times.push(performance.now() - begun);
        }
        return times;
      },
      [name, sends],
    );
    return quantile(times, 0.5) * 1000;
  },
  /** What is set against what, beside older builds. */
  ratios: [
    ['parley', 'raw WebSocket'],
    ['parley', 'bare socket to parleyd'],
    ['parley', 'socket.io + SQLite'],
    ['parley', 'centrifuge'],
    ['bare socket to parleyd', 'raw WebSocket'],
  ],
};
