// Pages that messages come to, from an agent outside of the browser: with the SDK, and with a bare socket that gets the
// same frames and parses them. Each time they come to a new chat, so that what a message costs is not that of the
// thousands before it.

import { hasItsWorker } from './builds.mjs';
import * as people from './people.mjs';

const atOnce = 64;
// The CPU of a phone is about so many times slower.
export const phone = 4;
export const bare = 'bare socket, frames parsed';

/** Gives a contender for each build, and the bare socket. */
export async function open(bench) {
  const opened = [];
  for (const [i, build] of bench.builds.entries()) {
    const { token } = await people.agent(build.server);
    const { say } = await people.connected(build.server, token);
    const begin = (enter) => async (page) => {
      const visitor = await people.attended(build.server, token);
      await page.evaluate(enter, [visitor, people.socketOf(build.server), build.options]);
      if (enter === enterBySDK) hasItsWorker(page, build);
      return (i) => say(visitor.chatId, i);
    };
    opened.push(await receiver(bench, build, build.title, begin(enterBySDK)));
    if (i === 0) opened.push(await receiver(bench, build, bare, begin(enterBySocket)));
  }
  return opened;
}

/** Gives a contender for each build, for whose server `grow` gives a user; all messages come to one chat of theirs. */
export async function openGrown(bench, grow) {
  const opened = [];
  for (const build of bench.builds) {
    const user = await grow(build.server);
    const begin = async (page) => {
      await page.evaluate(() => void (globalThis.came = 0));
      return user.say;
    };
    const contender = await receiver(bench, build, build.title, begin);
    const { id, token, chatId } = user;
    await contender.page.evaluate(enterBySDK, [{ id, token, chatId }, '', build.options]);
    hasItsWorker(contender.page, build);
    opened.push(contender);
  }
  return opened;
}

// `begin` brings a user into the chat that messages come to, and gives what says message i there.
async function receiver({ browser, address }, build, title, begin) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${address}?server=${build.server}`);
  const cdp = await context.newCDPSession(page);
  // In what tasks take of the CPU: by the clock it would count too when they wait for a core. Not what the thread takes in
  // all: a CPU that is made slower is so between tasks too.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  return { title, build, context, page, cdp, anew: () => begin(page) };
}

async function enterBySDK([{ id, token, chatId }, , options]) {
  if (globalThis.came === undefined) await ICF.init(options);
  else await ICF.Lobby.close();
  globalThis.came = 0;
  await ICF.Lobby.init({ id, token });
  ICF.Lobby.chats[chatId].on('message:received', () => void came++);
}

async function enterBySocket([{ token }, url]) {
  globalThis.socket?.close(1000);
  globalThis.came = 0;
  const socket = new WebSocket(url);
  globalThis.socket = socket;
  await new Promise((open, failed) => Object.assign(socket, { onopen: open, onerror: failed }));
  await new Promise((entered) => {
    socket.onmessage = ({ data }) => {
      const { id, event } = JSON.parse(data);
      if (event === 'ping') socket.send('{"event":"pong"}');
      if (event === 'messages:new') came++;
      if (id === 'open') entered();
    };
    socket.send(JSON.stringify({ id: 'open', event: 'session:open', data: { appId: 'demo', token } }));
  });
}

/** Has `count` messages come, some at once, with the CPU so many times slower. */
export async function receive({ page, cdp }, say, count, slower = 1) {
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: slower });
  let next = 0;
  const sender = async () => {
    while (next < count) await say(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  await page.waitForFunction((all) => came >= all, count, { polling: 20 });
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 });
}

/** The time of the CPU that tasks of the page's thread took for each of the messages, in microseconds. */
export async function cpuFor(contender, count, slower) {
  const say = await contender.anew();
  const cpu = async () => {
    const { metrics } = await contender.cdp.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration').value;
  };
  const before = await cpu();
  await receive(contender, say, count, slower);
  return (((await cpu()) - before) / count) * 1e6;
}
