// What the driver of a browser cannot do. A test that asks for it is skipped with the reason, and docs/browsers.md
// counts it as not applicable: it never passes without having done what it says.
import { type BrowserContext, type BrowserContextOptions, type Page, test } from '@playwright/test';

// Reasons, by what a test asks for.
const firefox = {
  newCDPSession: 'needs the DevTools protocol of Chromium',
  setOffline: 'the driver takes the browser offline, but leaves its WebSockets open',
  websocket: 'the driver does not show the frames of WebSockets',
  postData: 'the driver does not show the bodies of requests',
  crash: 'the browser has no address that ends the process of a page, which the driver would outlive',
  givenUp: 'the driver does not tell when a request that it holds is given up',
  dictionaries: 'the browser has no compression dictionaries',
  workerSockets: "Firefox passes the frames of a Worker's WebSocket through the thread of the page",
  pageCache: 'Firefox puts no page that holds a Web Lock into its back/forward cache, and a page with a chat holds one',
};
const { newCDPSession, websocket, postData, crash, dictionaries } = firefox;
const webkit = {
  newCDPSession,
  websocket,
  postData,
  crash,
  dictionaries,
  sizes: 'WebKitGTK does not tell a page the sizes of what it loads',
  setOffline: 'the driver cannot take the browser offline',
  mobile: 'the driver cannot play a phone',
  download: 'the driver does not tell of downloads',
  blobs: 'a page cannot read the answer to a request for a blob that the driver held',
  hosts: 'the driver cannot give a host a name',
  isolation: 'the driver loses a page that goes into a process of its own (COOP)',
  locale: 'WebKitGTK takes its language from the locales of the system, which may lack it',
};
const limits: Record<string, Partial<Record<Limit, string>>> = { firefox, webkit };

type Limit = keyof typeof firefox | keyof typeof webkit;

/** Skips the test that runs if its browser's driver cannot do this. */
export function needs(what: Limit): void {
  const reason = limits[test.info().project.name]?.[what];
  test.skip(Boolean(reason), reason ?? '');
}

/**
 * The options of a context as the browser takes them. Skips the test that runs if its driver cannot give a context these.
 * A phone in Firefox is a page with a phone's size, pixels and name, and without the viewport that phones scale.
 */
export function possible(options: BrowserContextOptions = {}): BrowserContextOptions {
  if (options.isMobile) needs('mobile');
  if (options.locale) needs('locale');
  return test.info().project.name === 'firefox' ? { ...options, isMobile: false } : options;
}

/** Gives the context back, which now skips the test at what the driver cannot do. */
export function limited(context: BrowserContext): BrowserContext {
  for (const what of ['newCDPSession', 'setOffline'] as const) instead(context, what, () => needs(what));
  context.on('page', (page: Page) => {
    for (const way of ['on', 'once', 'waitForEvent'] as const)
      instead(page, way, (event) => {
        if (event === 'websocket' || event === 'download') needs(event);
      });
  });
  return context;
}

// Has a method look at its arguments first.
function instead<T extends object>(target: T, method: keyof T, look: (...args: unknown[]) => void): void {
  const original = (target[method] as (...args: unknown[]) => unknown).bind(target);
  Object.assign(target, {
    [method]: (...args: unknown[]) => {
      look(...args);
      return original(...args);
    },
  });
}
