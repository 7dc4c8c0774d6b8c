// The longest task of the page's thread while messages come, on a phone.

import { bare, open, phone, receive } from '../receivers.mjs';
import { longestTask } from '../trace.mjs';

export default {
  title: 'longest task while 500 messages come, with the CPU of a phone',
  unit: 'ms',
  open,
  async measure(contender) {
    const { page } = contender;
    const say = await contender.anew();
    const mark = (name) => page.evaluate((name) => void performance.mark(name), name);
    const task = await longestTask(page, async () => {
      await mark('begin');
      await receive(contender, say, 500, phone);
      await mark('end');
    });
    return task / 1000;
  },
  ratios: [['parley', bare]],
};
