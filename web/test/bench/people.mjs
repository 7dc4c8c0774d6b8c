// People of the demo app outside of the browser: by REST, and by bare sockets.

import { once } from 'node:events';
import { WebSocket } from 'ws';

/** Asks a server by REST, as the owner of the token, or with the app's secret. */
export async function rest(server, method, path, body, token) {
  const who = token ? { 'x-hyper-token': token } : { 'x-hyper-secret': 'demo-secret' };
  const headers = { 'content-type': 'application/json', 'x-hyper-appId': 'demo', ...who };
  const answer = await fetch(`${server}/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Makes a visitor. */
export async function visitor(server) {
  const { user, session } = await rest(server, 'POST', '/users', { name: 'Visitor' });
  return { id: user.id, token: session.token };
}

/** Makes a visitor with a chat, which the owner of the token `agent` joins. */
export async function attended(server, agent) {
  const { id, token } = await visitor(server);
  const { chat } = await rest(server, 'POST', '/chats', { room: '1', lang: 'en', source: '3' }, token);
  await rest(server, 'POST', `/chats/${chat.id}/join`, {}, agent);
  return { id, token, chatId: chat.id };
}

/** Logs an agent in. */
export async function agent(server, username = 'agent1', password = 'demo') {
  const { user, session } = await rest(server, 'POST', '/agents/login', { username, password });
  return { id: user.id, token: session.token };
}

/** Opens a socket of whoever has the token. Gives what sends a request on it, and what says message i in a chat. */
export async function connected(server, token) {
  const socket = new WebSocket(socketOf(server));
  await once(socket, 'open');
  const waiting = new Map();
  let last = 0;
  const request = (event, data) =>
    new Promise((answered, refused) => {
      const id = `bench-${++last}`;
      waiting.set(id, ({ data, error }) => (error ? refused(new Error(error.message)) : answered(data)));
      socket.send(JSON.stringify({ id, event, data }));
    });
  socket.on('message', (bytes) => {
    const frame = JSON.parse(bytes);
    if (frame.event === 'ping') socket.send('{"event":"pong"}');
    waiting.get(frame.id)?.(frame);
    waiting.delete(frame.id);
  });
  await request('session:open', { appId: 'demo', token });
  return { request, say: (chatId, i) => request('messages:new', { chatId, message: text(i) }) };
}

export const socketOf = (server) => `${server.replace('http', 'ws')}/v1/socket`;

export const text = (i) => `message number ${i}, about as long as people write on a good day`;
