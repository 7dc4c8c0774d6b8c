// What carries the frames of a connection, as the core and the runner know it.

import type { SocketEvents } from '../shared/abi';

/** What a socket reports. */
export const SOCKET: SocketEvents = { opened: 1, closed: 2, unreached: 3, moved: 4 };

/** What is used of a WebSocket. */
export type Socket = Pick<WebSocket, 'onopen' | 'onmessage' | 'onclose' | 'send' | 'close'> & { readonly readyState?: number };

/**
 * How a socket ends: with its close code, 0 if none was made. `wait` are the seconds for which the server asks if it has no
 * room; `moved` says that another tab has the socket now, or is to have it.
 */
export interface End {
  code: number;
  wait?: number;
  moved?: boolean;
}
