// A WebSocket after one that did not open. A browser makes new WebSockets to a server wait where
// earlier ones have failed, Firefox for up to a minute, and does not say so. Requests do not wait,
// nor count; so one asks whether anybody is there, and no WebSocket is made when it fails.

import { JoinedSocket } from './joined';
import type { Socket } from './socket';

// No answer and no failure in this time: the request may be on a connection that is dead, where a WebSocket has its own.
const patience = 1500;

// What a proxy answers for a server that is not there.
const absent = [502, 503, 504];

// Asking proves nothing where it may be forbidden, by a policy of the page or a proxy, until it was answered once.
let answered = false;
let turns = 0;

/** Whether a page by https would ask for a WebSocket without TLS. */
export const isMixed = (url: string): boolean => /^(blob:)?https:/.test(location.href) && url.startsWith('ws:');

/**
 * Makes a WebSocket. One that the page's policy does not allow is closed at once, as Chromium has it; Firefox and WebKit
 * throw an error for it. Throws what a browser says of a page by https that asks for a WebSocket without TLS.
 */
export function webSocket(url: string): Socket {
  try {
    return new JoinedSocket(new WebSocket(url));
  } catch (error) {
    if (isMixed(url)) throw error;
    const refused = { onopen: null, onmessage: null, onclose: null as any, send() {}, close() {} };
    setTimeout(() => refused.onclose?.({ code: 1006 }));
    return refused;
  }
}

export class AskedSocket {
  onopen: any;
  onmessage: any;
  onclose: any;
  private readonly over = new AbortController();
  private socket: Socket | undefined;
  private wait = 0;

  constructor(url: string) {
    void this.run(url);
  }

  get readyState(): number | undefined {
    return this.socket?.readyState;
  }

  send(frame: string): void {
    this.socket!.send(frame);
  }

  close(code: number): void {
    this.over.abort();
    this.socket?.close(code);
  }

  // Code 0: no WebSocket was made.
  private async run(url: string): Promise<void> {
    const there = await this.ask(url.replace('ws', 'http'));
    const { aborted } = this.over.signal;
    if (aborted || !(there || (!trusted(url) && ++turns % 2))) return this.onclose?.({ code: 0, wait: this.wait });
    try {
      this.socket = Object.assign(webSocket(url), {
        onopen: (event: unknown) => this.onopen?.(event),
        onmessage: (event: unknown) => this.onmessage?.(event),
        onclose: (event: unknown) => this.onclose?.(event),
      });
    } catch {
      this.onclose?.({ code: 1006 });
    }
  }

  // Whether to make the WebSocket.
  private ask(url: string): Promise<boolean> {
    const answer = fetch(url, { method: 'HEAD', cache: 'no-store', credentials: 'omit', signal: this.over.signal }).then(
      ({ status, headers }) => {
        answered = true;
        this.wait = +headers.get('retry-after')!;
        return !absent.includes(status);
      },
      () => false,
    );
    let timer: ReturnType<typeof setTimeout>;
    const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, patience, true)));
    return Promise.race([answer, late]).finally(() => clearTimeout(timer));
  }
}

// Whether a script of this page has been answered by that server before, such as the one that fetched the core.
function trusted(url: string): boolean {
  const { origin } = new URL(url.replace('ws', 'http'));
  answered ||= performance
    .getEntriesByType('resource')
    .some((entry: any) => entry.initiatorType === 'fetch' && entry.responseStatus && entry.name.startsWith(`${origin}/`));
  return answered;
}
