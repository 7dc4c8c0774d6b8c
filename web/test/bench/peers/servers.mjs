// The peers' servers: a WebSocket that answers with what came, and socket.io that does the same or stores each message in
// SQLite first, and tells the others in its room. Prints their ports.

import { createServer } from 'node:http';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Server } from 'socket.io';
import { WebSocketServer } from 'ws';

const database = new Database(join(process.argv[2], 'log.db'));
database.pragma('journal_mode = WAL');
database.pragma('synchronous = NORMAL'); // what parleyd does by default: a kill loses nothing, a power cut may
database.exec('CREATE TABLE log (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, chat TEXT, at INTEGER, text TEXT)');
const insert = database.prepare('INSERT INTO log (id, chat, at, text) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');

const listening = (server) => new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.address().port)));

const echo = createServer();
new WebSocketServer({ server: echo, perMessageDeflate: false }).on('connection', (socket) =>
  socket.on('message', (data) => socket.send(String(data))),
);

const rooms = createServer();
new Server(rooms, { cors: { origin: '*' }, serveClient: false }).on('connection', (socket) => {
  socket.on('echo', (message, answer) => answer(message));
  const store = (message) => ({ ...message, seq: Number(insert.run(message.id, message.chat, Date.now(), message.text).lastInsertRowid) });
  socket.on('store', (message, answer) => answer(store(message)));
  socket.on('join', async (room, answer) => {
    await socket.join(room);
    answer(room);
  });
  socket.on('say', (message, answer) => {
    const stored = store(message);
    socket.to(message.chat).emit('said', stored);
    answer(stored);
  });
});

console.log(JSON.stringify({ raw: await listening(echo), socketIO: await listening(rooms) }));
