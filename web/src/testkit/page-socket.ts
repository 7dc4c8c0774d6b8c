// A WebSocket whose other end is a fake server in the same page.

import type { Network } from './network';
import type { Line } from './poll';

type Listener = ((event: any) => void) | { handleEvent(event: any): void };

export class FakeSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readyState = 0;
  binaryType = 'blob';
  readonly bufferedAmount = 0;
  readonly protocol = '';
  readonly extensions = '';
  onopen: Listener | null = null;
  onmessage: Listener | null = null;
  onerror: Listener | null = null;
  onclose: Listener | null = null;
  private readonly listeners = new Map<string, Set<Listener>>();
  private line: Line | undefined;

  constructor(
    readonly url: string,
    private readonly network: Network,
  ) {
    this.soon(() => this.connect());
  }

  send(data: unknown): void {
    if (this.readyState === 0) throw new DOMException('Still in CONNECTING state.', 'InvalidStateError');
    if (this.readyState === 1) this.line?.toServer(String(data));
  }

  close(code = 1005): void {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    this.soon(() => {
      this.line?.closed();
      this.ended(code, true);
    });
  }

  addEventListener(name: string, listener: Listener): void {
    const those = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, those.add(listener));
  }

  removeEventListener(name: string, listener: Listener): void {
    this.listeners.get(name)?.delete(listener);
  }

  dispatchEvent(event: Event): boolean {
    const own = this[`on${event.type}` as 'onopen'];
    for (const listener of [...(own ? [own] : []), ...(this.listeners.get(event.type) ?? [])]) {
      if (typeof listener === 'function') listener.call(this, event);
      else listener.handleEvent(event);
    }
    return true;
  }

  private connect(): void {
    if (this.readyState !== 0) return;
    this.line = this.network.connect({
      send: (data) => this.soon(() => this.readyState === 1 && this.tell('message', { data, origin: new URL(this.url).origin })),
      close: () => this.soon(() => this.ended(1006, false)),
    });
    if (!this.line) {
      this.tell('error');
      return this.ended(1006, false);
    }
    this.readyState = 1;
    this.tell('open');
  }

  private ended(code: number, wasClean: boolean): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.tell('close', { code, wasClean, reason: '' });
  }

  private tell(name: string, more: object = {}): void {
    this.dispatchEvent(Object.assign(new Event(name), more));
  }

  // Never within the page's own call; promises, because fake timers leave them alone.
  private soon(act: () => void): void {
    void Promise.resolve().then(act);
  }
}
