// The public interface of `parley-chat/testkit/node`: the fake server of testkit.d.ts with real
// sockets and HTTP, for pages of a browser that a test drives. It needs the package `ws`.

import type { FakeServer, FakeServerOptions } from './testkit.js';

export type * from './testkit.js';

/** Options of a fake server with real sockets. */
export interface NodeServerOptions extends Omit<FakeServerOptions, 'url'> {
  /** Defaults to a free port. */
  port?: number;
  /** Defaults to 127.0.0.1. */
  host?: string;
}

/** A fake server that listens at `url`. */
export interface NodeFakeServer extends FakeServer {
  /** Ends it, with all of its connections. */
  close(): Promise<void>;
}

/** Starts a fake server, and gives it when it listens. */
export declare function fakeServer(options?: NodeServerOptions): Promise<NodeFakeServer>;
