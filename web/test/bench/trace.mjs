// The longest task of a page's thread, from a trace of the browser.

const categories = ['disabled-by-default-devtools.timeline', 'blink.user_timing'];

/**
 * The longest task of a page's thread in microseconds, between the page's performance marks `begin` and `end`, both of
 * which are there once `work` is done.
 */
export async function longestTask(page, work) {
  const browser = page.context().browser();
  await browser.startTracing(undefined, { categories });
  await work();
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  const marks = traceEvents.filter(({ cat, ph }) => cat.includes('blink.user_timing') && /[IR]/i.test(ph));
  const end = marks.findLast(({ name }) => name === 'end');
  const begin = marks.findLast(({ name, pid, tid }) => name === 'begin' && pid === end?.pid && tid === end.tid);
  if (!begin) throw new Error('the trace has no marks of the page');
  const ofThePage = ({ name, pid, tid }) => name === 'RunTask' && pid === begin.pid && tid === begin.tid;
  const between = ({ ts, dur = 0 }) => ts + dur > begin.ts && ts < end.ts;
  return Math.max(0, ...traceEvents.filter((event) => ofThePage(event) && between(event)).map(({ dur }) => dur ?? 0));
}
