// A sample connector: people write in a messenger, agents answer in Parley. Node 20 or later, no packages.
// README.md beside this file says what it expects of both sides.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const { PARLEY, APP, SECRET, ROOM = '1', MESSENGER, MESSENGER_SECRET, PORT = '0', PUBLIC } = process.env;
for (const [name, value] of Object.entries({ PARLEY, APP, SECRET, MESSENGER, MESSENGER_SECRET })) {
  if (!value) throw new Error(`set ${name}; README.md says what it is`);
}
const keys = { 'x-hyper-appId': APP, 'x-hyper-secret': SECRET };
let hookSecret; // of our webhook: Parley gives a new one in each handshake

// ---- Parley

async function parley(method, path, body) {
  const form = body instanceof FormData;
  const headers = form ? keys : { ...keys, 'content-type': 'application/json' };
  const answer = await fetch(`${PARLEY}/v1${path}`, { method, headers, body: form ? body : JSON.stringify(body) });
  const data = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(data.error.detail ?? data.error.message), { code: data.error.code });
  return data;
}

async function userOf(from, name) {
  const externalId = `messenger-${from}`;
  const find = async () => (await parley('GET', `/users?externalId=${encodeURIComponent(externalId)}`)).users[0];
  const make = async () => (await parley('POST', '/users', { name, externalId })).user;
  return (await find()) ?? make().catch((error) => (error.code === 409 ? find() : Promise.reject(error)));
}

async function sendInto(chatId, userId, { id, text, file }) {
  if (!file) return parley('POST', `/chats/${chatId}/messages`, { sender: userId, message: text, eventId: id });
  const form = new FormData(); // the file must be its last field
  for (const [name, value] of Object.entries({ chatId, senderId: userId, eventId: id })) form.set(name, value);
  form.set('media', await (await fetch(file.url)).blob(), file.name);
  return parley('POST', '/media', form);
}

// end closes a chat unless it is closed. What the customer reads of it comes by our webhook.
const end = (chatId, body) => parley('DELETE', `/chats/${chatId}`, body).catch((error) => error.code === 410 || Promise.reject(error));

// ---- The messenger

async function tell(to, body, id) {
  const form = body instanceof FormData;
  if (form) body.set('to', to);
  const headers = { 'idempotency-key': id, ...(form ? {} : { 'content-type': 'application/json' }) };
  const answer = await fetch(`${MESSENGER}/messages`, { method: 'POST', headers, body: form ? body : JSON.stringify({ to, ...body }) });
  if (!answer.ok) throw new Error(`the messenger answered ${answer.status}`);
}

// What a customer has written: {id, from, name, type: 'message' or 'close', text or file: {url, name}}.
async function fromMessenger(event) {
  const user = await userOf(event.from, event.name);
  let chatId = user.chats[0]; // a user has at most one open chat
  if (event.type === 'close') return chatId && end(chatId, { userId: user.id });
  const wanted = { creator: user.id, room: ROOM, lang: '', source: 3, eventId: `${event.id}-chat` };
  chatId ??= (await parley('POST', '/chats', wanted)).chat.id;
  try {
    await sendInto(chatId, user.id, event);
  } catch (error) {
    if (!(error.code < 500)) throw error; // the messenger sends it again
    await tell(event.from, { text: `That could not be sent: ${error.message}` }, event.id);
  }
  // Gives the agent who is in the chat or invited already, else begins a search.
  if ((await parley('GET', `/chats/${chatId}/assign`)).error) await end(chatId, { extraData: { reason: 'nobody' } });
}

// What has happened in Parley; data is as docs/webhooks.md says.
async function fromParley({ trigger, data }, id) {
  const chatId = data.chatId;
  const { creator } = (await parley('GET', `/chats/${chatId}?fields=users`)).chat;
  const { externalId } = (await parley('GET', `/users/${creator}`)).user;
  if (!externalId?.startsWith('messenger-')) return; // a chat of somebody else
  const to = externalId.slice('messenger-'.length);
  if (trigger === 'forever:alone') return end(chatId, { extraData: { reason: 'nobody' } });
  if (trigger === 'chats:close' && data.userId !== creator) {
    const text = data.extraData?.reason === 'nobody' ? 'Nobody is available now. Please write again later.' : 'The conversation has ended.';
    return tell(to, { text }, id);
  }
  const { message } = data;
  if (trigger !== 'messages:new' || message.sender === creator) return;
  if (message.type === 'media') {
    const file = await fetch(`${PARLEY}/v1${message.message.url}`, { headers: keys });
    if (!file.ok) throw new Error(`the file cannot be read: ${file.status}`);
    const form = new FormData();
    form.set('file', await file.blob(), message.message.name);
    return tell(to, form, id);
  }
  const text = message.format === 'html' ? message.message.replace(/<[^>]*>/g, '') : message.message;
  return tell(to, { text }, id);
}

// ---- Our server

const isSigned = (body, secret, signature = '') => {
  const right = Buffer.from(createHmac('sha256', secret).update(body).digest('hex'));
  return signature.length === right.length && timingSafeEqual(Buffer.from(signature), right);
};

// Both sides repeat what we have not accepted. What comes again is done once, and what belongs together in its order.
// After a restart the ids that we pass on keep that promise.
const done = new Map();
const last = new Map();
function once(id, line, act) {
  if (!done.has(id)) {
    const turn = (last.get(line) ?? Promise.resolve()).catch(() => {}).then(act);
    last.set(line, turn);
    done.set(id, turn);
    turn.catch(() => done.delete(id)).finally(() => last.get(line) === turn && last.delete(line));
    if (done.size > 10_000) done.delete(done.keys().next().value);
  }
  return done.get(id);
}

async function serve(request, body) {
  const { 'x-hook-secret': secret, 'x-hook-signature': hook, 'x-hook-delivery': id, 'x-signature': signature } = request.headers;
  const [path] = request.url.split('?');
  if (path === '/messenger' && isSigned(body, MESSENGER_SECRET, signature)) {
    const event = JSON.parse(body);
    return once(`m.${event.id}`, `m.${event.from}`, () => fromMessenger(event));
  }
  if (path === '/hook' && !hookSecret && secret) return void (hookSecret = secret); // only while we wait for the handshake
  if (path !== '/hook' || !hookSecret || !isSigned(body, hookSecret, hook)) throw Object.assign(new Error('not signed'), { status: 401 });
  const event = JSON.parse(body);
  return once(id, `p.${event.data.chatId}`, () => fromParley(event, id));
}

const server = createServer(async (request, response) => {
  try {
    const parts = await request.toArray();
    await serve(request, Buffer.concat(parts));
    if (request.headers['x-hook-secret']) response.setHeader('x-hook-secret', request.headers['x-hook-secret']);
    response.end('{}');
  } catch (error) {
    console.error(`${request.url}: ${error.message}`);
    response.writeHead(error.status ?? 503).end();
  }
});

server.listen(Number(PORT), async () => {
  const target = `${PUBLIC ?? `http://127.0.0.1:${server.address().port}`}/hook`;
  const events = ['messages:new', 'chats:close', 'forever:alone'];
  const { webhooks } = await parley('GET', '/webhooks');
  const ours = webhooks.find((hook) => hook.target.startsWith(target)); // its events wait for us; another query asks for a handshake
  const said = { events, target: `${target}?started=${Date.now()}`, active: true };
  await (ours ? parley('PUT', `/webhooks/${ours.id}`, said) : parley('POST', '/webhooks', said));
  console.log(`connector: ready at ${target.slice(0, -'/hook'.length)}`);
});
