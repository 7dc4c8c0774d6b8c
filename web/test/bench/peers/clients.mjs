// The peers' clients in the page, bundled with their packages. Each gives a function that sends a message and waits for
// the answer.

import { Centrifuge } from 'centrifuge';
import { io } from 'socket.io-client';

const opened = async (url) => {
  const socket = new WebSocket(url);
  await new Promise((open, failed) => Object.assign(socket, { onopen: open, onerror: failed }));
  return socket;
};

const raw = async (url) => {
  const socket = await opened(url);
  const waiting = new Map();
  let last = 0;
  socket.onmessage = ({ data }) => {
    const { id, message } = JSON.parse(data);
    waiting.get(id)(message);
    waiting.delete(id);
  };
  return (message) =>
    new Promise((answered) => {
      waiting.set(++last, answered);
      socket.send(JSON.stringify({ id: last, message }));
    });
};

const socketIO = async (url, event) => {
  const socket = io(url, { transports: ['websocket'], forceNew: true });
  await new Promise((open) => socket.on('connect', open));
  return (message) => socket.emitWithAck(event, message);
};

const centrifuge = async (url) => {
  const client = new Centrifuge(url);
  client.connect();
  await client.ready();
  const channel = crypto.randomUUID();
  return (message) => client.publish(channel, message);
};

// Parley's own protocol without the SDK: what the server and the browser's socket take.
const bare = async (server, token) => {
  const socket = await opened(`${server.replace('http', 'ws')}/v1/socket`);
  const waiting = new Map();
  let last = 0;
  const request = (event, data) =>
    new Promise((answered, refused) => {
      const id = `bare-${++last}`;
      waiting.set(id, ({ data, error }) => (error ? refused(new Error(error.message)) : answered(data)));
      socket.send(JSON.stringify({ id, event, data }));
    });
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.event === 'ping') socket.send('{"event":"pong"}');
    waiting.get(frame.id)?.(frame);
    waiting.delete(frame.id);
  };
  await request('session:open', { appId: 'demo', token });
  const { chat } = await request('chats:create', { room: '1', lang: 'en', source: '3' });
  return (message) => request('messages:new', { chatId: chat.id, message });
};

const text = (i) => `message number ${i}, about as long as people write on a good day`;

/** Makes `contenders`: by name, a function that sends message number i. */
globalThis.contend = async ({ chat, peers, server, token }) => {
  const made = { parley: (i) => chat.sendMessage(text(i)) };
  if (peers) {
    const sends = {
      'raw WebSocket': await raw(peers.raw),
      'socket.io': await socketIO(peers.socketIO, 'echo'),
      'socket.io + SQLite': await socketIO(peers.socketIO, 'store'),
      centrifuge: await centrifuge(peers.centrifuge),
    };
    for (const [name, send] of Object.entries(sends)) made[name] = (i) => send({ id: crypto.randomUUID(), chat: chat.id, text: text(i) });
    const say = await bare(server, token);
    made['bare socket to parleyd'] = (i) => say(text(i));
  }
  globalThis.contenders = made;
  return Object.keys(made);
};
