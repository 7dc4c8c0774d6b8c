// A whole client of Parley's protocol in nothing but Node's standard library: a visitor who sends each line that is typed, and sees
// what comes. It speaks by HTTP, the transport that needs no WebSocket; the frames are the same.
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';

const { PARLEY = 'http://127.0.0.1:8000', APP = 'demo', ROOM = '1', NAME = 'Terminal' } = process.env;

async function post(path, body, headers) {
  const response = await fetch(PARLEY + path, { method: 'POST', body, headers });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.text();
}

// One exchange of the transport: lines there, lines back, each text closed by `end`.
async function exchange(...lines) {
  const answer = (await post('/v1/socket', [...lines, 'end'].join('\n'))).split('\n');
  if (answer.pop() !== 'end') throw new Error('the answer was cut off');
  return answer;
}

const { user, session } = JSON.parse(
  await post('/v1/users', JSON.stringify({ name: NAME }), { 'content-type': 'application/json', 'x-hyper-appId': APP }),
);
const [connection] = await exchange('open');

let sends = 0;
let sent = Promise.resolve();
const replies = new Map();

// Frames go one request at a time, in order.
function send(frame) {
  sent = sent.then(() => exchange(`send ${connection} ${++sends}`, JSON.stringify(frame)));
  return sent;
}

// Sends a request, and gives the data of its reply.
function ask(event, data) {
  const id = randomUUID();
  const reply = new Promise((resolve, reject) => replies.set(id, { resolve, reject }));
  return send({ id, event, data }).then(() => reply);
}

async function listen() {
  for (let polls = 1; ; polls++) {
    for (const line of await exchange(`poll ${connection} ${polls}`)) {
      const { id, event, data, error } = JSON.parse(line);
      if (event === 'bye') return console.log(`* the server says goodbye: ${data.reason}`);
      if (event === 'ping') void send({ event: 'pong' });
      if (event === 'messages:new') console.log(`${data.userId === user.id ? 'me' : 'agent'}: ${data.message.message}`);
      if (event === 'chats:join') console.log(`* ${data.user.nickname || data.user.name} is here`);
      if (event === 'chats:close') return console.log('* the chat is over');
      if (error) replies.get(id)?.reject(new Error(`${error.code} ${error.message}`));
      else if (id) replies.get(id)?.resolve(data);
    }
  }
}

const listening = listen();
await ask('session:open', { appId: APP, token: session.token });
const { chat } = await ask('chats:create', { room: ROOM });
await ask('chats:assign', { chatId: chat.id });
console.log('* waiting for an agent; write away');

const input = createInterface({ input: process.stdin });
input.on('line', (message) => ask('messages:new', { chatId: chat.id, message }).catch((error) => console.log(`* not sent: ${error.message}`)));
await listening;
input.close();
