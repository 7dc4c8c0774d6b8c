// Pages that messages come to, from an agent outside of the browser: with the SDK, and with a bare socket that gets the
// same frames and parses them.

import { once } from 'node:events';
import { WebSocket } from 'ws';

const atOnce = 64;
// The CPU of a phone is about so many times slower.
export const phone = 4;

/** Has `count` messages come to a contender's page, some at once, with the CPU so many times slower. */
export async function receive({ page, say, cdp }, count, slower = 1) {
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower });
  const before = await page.evaluate(() => came);
  let next = 0;
  const sender = async () => {
    while (next < count) await say(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  await page.waitForFunction((all) => came >= all, before + count, { polling: 20 });
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 });
}

/** The time that the page's thread was busy for each of the messages, in microseconds. */
export async function busyFor(contender, count, slower) {
  const busy = async () => {
    const { metrics } = await contender.cdp.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration').value;
  };
  const before = await busy();
  await receive(contender, count, slower);
  return (((await busy()) - before) / count) * 1e6;
}

/** Opens such a page of a parleyd, and with `bare` the other one too. Gives a contender for each. */
export async function open(browser, address, server, bare) {
  const say = await agent(server);
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${address}?server=${server}`);
  const { id, token } = await page.evaluate(async () => {
    await ICF.init({ appId: 'demo' });
    const { user, session } = (await ICF.Api.request('/users', 'POST', { name: 'Visitor' })).data;
    await ICF.Lobby.init({ id: user.id, token: session.token });
    const chat = await ICF.Chat.init({ room: '1', lang: 'en', source: '3' });
    globalThis.came = 0;
    chat.on('message:received', () => void came++);
    await new Promise((joined) => {
      chat.on('user:joined', joined);
      chat.searchAgent();
    });
    return { id: chat.id, token: session.token };
  });
  const contenders = [{ name: 'parley', page, cdp: await measured(page) }];
  if (bare) contenders.push(await bareOne(browser, address, server, token));
  for (const contender of contenders) contender.say = (i) => say(id, i);
  return contenders;
}

async function bareOne(browser, address, server, token) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${address}?bare`);
  await page.evaluate(
    async ([url, token]) => {
      globalThis.came = 0;
      const socket = new WebSocket(url);
      await new Promise((open, failed) => Object.assign(socket, { onopen: open, onerror: failed }));
      socket.onmessage = ({ data }) => {
        const { event } = JSON.parse(data);
        if (event === 'ping') socket.send('{"event":"pong"}');
        if (event === 'messages:new') came++;
      };
      socket.send(JSON.stringify({ id: 'open', event: 'session:open', data: { appId: 'demo', token } }));
    },
    [socketOf(server), token],
  );
  return { name: 'bare socket, frames parsed', page, cdp: await measured(page) };
}

// Logs an agent in who is on duty and accepts what comes. Gives what says message i in a chat.
async function agent(server) {
  const answer = await fetch(`${server}/v1/agents/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hyper-appId': 'demo' },
    body: JSON.stringify({ username: 'agent1', password: 'demo' }),
  });
  const { session } = await answer.json();
  const socket = new WebSocket(socketOf(server));
  await once(socket, 'open');
  const waiting = new Map();
  let last = 0;
  const request = (event, data) =>
    new Promise((answered, refused) => {
      const id = `agent-${++last}`;
      waiting.set(id, ({ data, error }) => (error ? refused(new Error(error.message)) : answered(data)));
      socket.send(JSON.stringify({ id, event, data }));
    });
  socket.on('message', (bytes) => {
    const frame = JSON.parse(bytes);
    const { id, event, data } = frame;
    if (event === 'ping') socket.send('{"event":"pong"}');
    if (event === 'invitations:new') void request('invitations:accept', { chatId: data.chatId });
    waiting.get(id)?.(frame);
    waiting.delete(id);
  });
  await request('session:open', { appId: 'demo', token: session.token });
  await request('agents:available', { available: true });
  return (chatId, i) => request('messages:new', { chatId, message: `message number ${i}, about as long as people write on a good day` });
}

const socketOf = (server) => `${server.replace('http', 'ws')}/v1/socket`;

async function measured(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  return cdp;
}
