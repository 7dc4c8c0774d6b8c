// A socket that is made while the core's code loads, where a session is stored: the browser needs some round trips for it, and
// nobody waits for both. The core finds it when it dials.

import type { Socket } from './socket';

/**
 * Gives what gives the socket, once, as one that is yet to open or to fail; or nothing, if it has opened and ended since, or
 * somebody has it.
 */
export function early(socket: Socket): () => Socket | undefined {
  let left: Socket | undefined = socket;
  let opened = false;
  let happened = () => {};
  const lost = (): void => {
    left = undefined;
  };
  socket.onopen = (event: any) => {
    opened = true;
    happened = () => socket.onopen?.call(socket as any, event);
  };
  socket.onclose = (end: any) => {
    if (opened) return lost(); // for want of a session
    happened = () => socket.onclose?.call(socket as any, end);
  };
  // A server has nothing to say before the session begins, but that it goes away.
  socket.onmessage = () => {
    lost();
    socket.close(1000);
  };
  return () => {
    const given = left;
    lost();
    if (given) queueMicrotask(happened);
    return given;
  };
}
