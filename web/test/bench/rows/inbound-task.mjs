// The longest task of the page's thread while messages come, on a phone.

import { phone, receive } from '../receivers.mjs';

const categories = ['toplevel', 'disabled-by-default-devtools.timeline'];

export default {
  name: 'inbound-task',
  title: 'longest task in µs while 500 messages come, with the CPU of a phone',
  receives: true,
  async measure(contender) {
    const { page } = contender;
    await page.context().browser().startTracing(page, { categories });
    await receive(contender, 500, phone);
    const { traceEvents } = JSON.parse(await page.context().browser().stopTracing());
    const named = traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
    const threads = new Set(named.map(({ pid, tid }) => `${pid} ${tid}`));
    const tasks = traceEvents.filter(({ name, pid, tid }) => name.endsWith('RunTask') && threads.has(`${pid} ${tid}`));
    return Math.max(...tasks.map(({ dur = 0 }) => dur));
  },
  ratios: [['parley', 'bare socket, frames parsed']],
};
