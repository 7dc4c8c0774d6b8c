// A socket that is made while the core's code loads, where a session is stored: the browser needs some round trips for it, and
// nobody waits for both. The core finds it when it dials.

import type { Socket } from './socket';

/** Gives what gives the socket, once, as one that is yet to open; or nothing, if it has ended or somebody has it. */
export function early(socket: Socket): () => Socket | undefined {
  let left: Socket | undefined = socket;
  let opened: (() => void) | undefined;
  const lost = () => (left = undefined);
  socket.onopen = (event) => (opened = () => (socket.onopen as any)?.(event));
  socket.onclose = lost;
  // A server has nothing to say before the session begins, but that it goes away.
  socket.onmessage = () => {
    lost();
    socket.close(1000);
  };
  return () => {
    const given = left;
    lost();
    if (given && opened) queueMicrotask(opened);
    return given;
  };
}
