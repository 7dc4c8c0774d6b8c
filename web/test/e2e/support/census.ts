// What a page holds: all that scripts can begin and forget to end is counted, from before any script runs.
import type { Page } from '@playwright/test';

/** What the page has now. */
export interface Census {
  /** Of window, document and their like, by event. */
  listeners: Record<string, number>;
  timers: number;
  /** Databases that are open. */
  databases: number;
  /** Requests under way, by fetch or XMLHttpRequest. */
  requests: number;
  /** WebSockets that are not closed. */
  sockets: number;
  channels: number;
  /** Web Locks held or waited for. */
  locks: number;
  scripts: number;
}

interface Books {
  now(): Promise<Census>;
  /** The codes that WebSockets were closed with. */
  codes: (number | undefined)[];
  /** The memories of the WebAssembly instances that were made. */
  memories: WeakRef<WebAssembly.Memory>[];
}

declare global {
  interface Window {
    census: Books;
  }
}

/** Counts from the next navigation on. */
export async function takeCensus(page: Page): Promise<void> {
  await page.addInitScript(count);
}

export const census = (page: Page): Promise<Census> => page.evaluate(() => window.census.now());

function count(): void {
  const listeners: Record<string, number> = {};
  const timers = new Set<unknown>();
  const databases = new Set<IDBDatabase>();
  const sockets = new Set<WebSocket>();
  const codes: (number | undefined)[] = [];
  const memories: WeakRef<WebAssembly.Memory>[] = [];
  let [requests, channels] = [0, 0];

  const wrap = (object: any, name: string, around: (real: any) => (this: any, ...args: any[]) => any) => {
    object[name] = around(object[name]);
  };
  const lasting = (target: unknown) => target === window || target === document || target === document.documentElement;
  const heard = new Set<string>();
  const ids = new WeakMap<object, number>();
  const key = (type: string, listener: object) => {
    if (!ids.has(listener)) ids.set(listener, Math.random());
    return `${type} ${ids.get(listener)}`;
  };
  wrap(
    EventTarget.prototype,
    'addEventListener',
    (real) =>
      function (type, listener, options) {
        if (listener && lasting(this ?? window) && !heard.has(key(type, listener))) {
          heard.add(key(type, listener));
          listeners[type] = (listeners[type] ?? 0) + 1;
          options?.signal?.addEventListener('abort', () => (this ?? window).removeEventListener(type, listener));
        }
        return real.call(this ?? window, type, listener, options);
      },
  );
  wrap(
    EventTarget.prototype,
    'removeEventListener',
    (real) =>
      function (type, listener, options) {
        if (listener && lasting(this ?? window) && heard.delete(key(type, listener)) && --listeners[type]! === 0) delete listeners[type];
        return real.call(this ?? window, type, listener, options);
      },
  );
  wrap(window, 'setTimeout', (real) => (run, ms, ...args) => {
    const id = real(() => {
      timers.delete(id);
      run(...args);
    }, ms);
    timers.add(id);
    return id;
  });
  wrap(window, 'setInterval', (real) => (run, ms, ...args) => {
    const id = real(run, ms, ...args);
    timers.add(id);
    return id;
  });
  for (const name of ['clearTimeout', 'clearInterval'])
    wrap(window, name, (real) => (id) => {
      timers.delete(id);
      real(id);
    });
  wrap(
    IDBFactory.prototype,
    'open',
    (real) =>
      function (...args) {
        const request: IDBOpenDBRequest = real.apply(this, args);
        request.addEventListener('success', () => databases.add(request.result));
        return request;
      },
  );
  wrap(
    IDBDatabase.prototype,
    'close',
    (real) =>
      function () {
        databases.delete(this);
        real.call(this);
      },
  );
  wrap(window, 'fetch', (real) => async (...args) => {
    requests++;
    try {
      return await real(...args);
    } finally {
      requests--;
    }
  });
  wrap(
    XMLHttpRequest.prototype,
    'send',
    (real) =>
      function (body) {
        requests++;
        this.addEventListener('loadend', () => requests--);
        real.call(this, body);
      },
  );
  // A Proxy, as tabs share only a WebSocket that looks like the browser's own.
  window.WebSocket = new Proxy(WebSocket, {
    construct(real, args: ConstructorParameters<typeof WebSocket>) {
      const socket = new real(...args);
      sockets.add(socket);
      socket.addEventListener('close', () => sockets.delete(socket));
      wrap(
        socket,
        'close',
        (close) =>
          function (code, why) {
            codes.push(code);
            close.call(this, code, why);
          },
      );
      return socket;
    },
  });
  window.BroadcastChannel = class extends BroadcastChannel {
    constructor(name: string) {
      super(name);
      channels++;
    }
    override close(): void {
      channels--;
      super.close();
    }
  };
  wrap(WebAssembly, 'instantiate', (real) => async (code, imports) => {
    const instance: WebAssembly.Instance = await real(code, imports);
    memories.push(new WeakRef(instance.exports.mem as WebAssembly.Memory));
    return instance;
  });

  window.census = {
    codes,
    memories,
    now: async () => {
      const { held, pending } = await navigator.locks.query();
      return {
        listeners: { ...listeners },
        timers: timers.size,
        databases: databases.size,
        requests,
        sockets: sockets.size,
        channels,
        locks: held!.length + pending!.length,
        scripts: document.scripts.length,
      };
    },
  };
}
