// For Node: as much of a page as the script uses.

type Page = {
  window: EventTarget & { Event: typeof Event };
  document: EventTarget & { visibilityState: string; baseURI: string; cookie: string };
  location: { hostname: string; protocol: string };
};

// A page's intervals end with it.
const interval = globalThis.setInterval;

/** Puts a new page on the global object and gives it. */
export function newPage(): Page {
  const page: Page = {
    window: Object.assign(new EventTarget(), { Event }),
    document: Object.assign(new EventTarget(), { visibilityState: 'visible', baseURI: 'http://shop.example/', cookie: '' }),
    location: { hostname: 'shop.example', protocol: 'http:' },
  };
  Object.assign(globalThis, page, { addEventListener: page.window.addEventListener.bind(page.window) });
  letEnd();
  return page;
}

/** Lets the process end while a page's intervals run. */
export function letEnd(): void {
  globalThis.setInterval = ((run: () => void, ms: number) => interval(run, ms).unref()) as typeof setInterval;
}

/** Collects what is reported as an uncaught exception of the page. */
export function reported(): unknown[] {
  const list: unknown[] = [];
  Object.assign(globalThis, { reportError: (thrown: unknown) => list.push(thrown) });
  return list;
}

/** Waits until the tasks that are queued now have run. */
export async function tasks(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
