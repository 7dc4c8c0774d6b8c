// Pages that begin: each sample is a visit of a new page.

import { hasItsWorker } from './builds.mjs';

// As Chromium's developer tools have them.
export const networks = {
  slow4G: { latency: 562.5, downloadThroughput: 1.44e6 / 8, uploadThroughput: 675e3 / 8 },
  fast3G: { latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 },
};

/** Gives a contender for each build, with a browser context that no page was in. */
export const open = ({ browser, address, builds }) =>
  Promise.all(builds.map(async (build) => ({ title: build.title, build, address, context: await browser.newContext() })));

/** The same contender with a context that nothing is cached in. */
export async function anew(contender) {
  return { ...contender, context: await contender.context.browser().newContext() };
}

/**
 * Visits a page that begins, over a network and with a CPU so many times slower. Gives what `look` finds, which gets the
 * page, and what does the visit.
 */
export async function visit({ context, address, build }, { network, slower = 1, look = begun } = {}) {
  const page = await context.newPage();
  try {
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    if (network) await cdp.send('Network.emulateNetworkConditions', { offline: false, ...network });
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower });
    const work = async () => {
      await page.goto(`${address}?${new URLSearchParams({ server: build.server, init: JSON.stringify(build.options) })}`);
      await page.evaluate(() => started);
      hasItsWorker(page, build);
    };
    return await look(page, work);
  } finally {
    await page.close();
  }
}

/** The milliseconds from the script tag to the end of ICF.init. */
export async function begun(page, work) {
  await work();
  return page.evaluate(() => performance.measure('start', 'begin', 'end').duration);
}
