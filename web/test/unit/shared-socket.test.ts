import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { SharedSocket } from '../../src/engine/shared-socket';
import { Browser, chance, Tab } from './browser-model';

const address = 'ws://server';

// A tab that has a connection while it lives, and sends on it. A frame has the tab, the connection and its place in that.
class Client {
  readonly tab = new Tab();
  private readonly sharing = { stolen: 0 };
  socket: SharedSocket | undefined;
  open = false;
  connection = 0;
  sent: string[] = [];
  heard: string[] = [];
  moves = 0;

  constructor(
    private readonly browser: Browser,
    readonly name: string,
  ) {
    browser.tabs.push(this.tab);
  }

  dial = (): void => {
    const socket = new SharedSocket(address, () => this.browser.socket(), this.sharing);
    this.socket = socket;
    this.connection++;
    [this.open, this.sent, this.heard] = [false, [], []];
    let opens = 0;
    socket.onopen = () => {
      assert.equal(++opens, 1, 'it opens once');
      this.open = this.socket === socket;
      if (this.open) this.say();
    };
    socket.onmessage = ({ data }: { data: string }) => {
      if (this.socket === socket) this.heard.push(data);
    };
    socket.onclose = ({ moved }: { moved?: boolean }) => {
      if (this.socket !== socket) return;
      this.moves += moved ? 1 : 0;
      this.open = false;
      this.socket = undefined;
      setTimeout(this.dial, moved ? 0 : this.browser.random(100));
    };
  };

  say = (): void => {
    if (!this.open) return;
    const frame = `{"id":"${this.name}.${this.connection}.${this.sent.length}"}`;
    this.sent.push(frame);
    const { socket } = this;
    socket!.send(frame);
    // As the core does when a ping is not answered.
    setTimeout(() => {
      if (this.socket !== socket || this.heard.includes(frame)) return;
      this.close();
      this.dial();
    }, 4000);
  };

  close = (): void => {
    const { socket } = this;
    this.socket = undefined;
    this.open = false;
    socket?.close(1000);
  };
}

const beginsWith = (whole: string[], part: string[]) => part.every((one, i) => one === whole[i]);

// What holds at every moment: nothing is lost within a connection, doubled, or another tab's.
function check(browser: Browser, clients: Client[]): void {
  for (const client of clients) assert.ok(beginsWith(client.sent, client.heard), `${client.name}: ${client.heard} of ${client.sent}`);
  for (const { frames } of browser.server) {
    for (const list of frames.values()) {
      const [tab, connection] = list[0]!.slice(7).split('.');
      list.forEach((frame, i) => {
        assert.equal(frame, `{"id":"${tab}.${connection}.${i}"}`);
      });
    }
  }
}

// Something that happens to a tab, or in the world.
async function happen(browser: Browser, client: Client): Promise<void> {
  const { random } = browser;
  const { tab } = client;
  const what = random(92);
  if (what < 3) {
    browser.kill(tab);
  } else if (what < 5 && !tab.stalls && client.socket) {
    await browser.enter(tab, client.close); // left, or logged out
    await browser.enter(tab, () => setTimeout(client.dial, random(5000)));
  } else if (what < 7) {
    tab.stalls = !tab.stalls;
  } else if (what < 8) {
    one(open(browser), random)?.cut();
  } else if (what < 9) {
    const socket = one(open(browser), random);
    if (socket) socket.mute = true;
  } else if (what < 11) {
    const socket = one(open(browser), random);
    const channel = one([...(socket?.frames.keys() ?? [])].filter(Boolean), random);
    if (channel) socket!.send(channel); // the server ends a channel
  } else if (what < 32) {
    if (!tab.stalls) await browser.enter(tab, client.say);
  } else {
    for (let n = random(20); n > 0; n--) await browser.step();
  }
}

const one = <T>(of: T[], random: (below: number) => number): T | undefined => of[random(Math.max(1, of.length))];
const open = ({ server }: Browser) => server.filter((socket) => socket.open);

async function play(seed: number): Promise<void> {
  const random = chance(seed);
  const browser = new Browser(random);
  const clients: Client[] = [];
  const living = () => clients.filter(({ tab }) => tab.alive);
  for (let things = 40 + random(120); things > 0; things--) {
    const client = one(living(), random);
    if (!client || (living().length < 5 && random(12) === 0)) {
      const next = new Client(browser, `t${clients.length}`);
      clients.push(next);
      await browser.enter(next.tab, next.dial);
    } else {
      await happen(browser, client);
    }
    check(browser, clients);
  }
  await settle(browser, clients);
}

// Ends what stalls, and lets everything come to rest. Then one tab leads, all are open, and nothing else is left.
async function settle(browser: Browser, clients: Client[]): Promise<void> {
  const living = clients.filter(({ tab }) => tab.alive);
  for (const { tab } of living) tab.stalls = false;
  const rest = () => living.every(({ open, sent, heard }) => open && sent.length === heard.length);
  for (let round = 0; round < 3; round++) {
    const end = browser.now + 20_000;
    while (browser.now < end && (await browser.step())) check(browser, clients);
    if (round < 2) for (const client of living) if (client.open) await browser.enter(client.tab, client.say);
  }
  assert.ok(rest(), `all are open: ${living.map(({ name, open, sent, heard }) => `${name} ${open} ${sent.length} ${heard.length}`)}`);
  const sockets = open(browser);
  assert.equal(sockets.length, living.length && 1, 'one socket');
  assert.equal(browser.holders(`parley socket 1 ${address}`).length, living.length && 1);
  if (living.length === 0) return assert.equal(browser.links.size, 0);
  const channels = [...sockets[0]!.frames.keys()].filter((channel) => !sockets[0]!.over.has(channel));
  assert.equal(channels.length, living.length, 'the server has a channel for each');
  assert.equal(browser.links.size, 1 + (living.length - 1) * 3, 'no BroadcastChannel is left over');
}

test('whatever happens to the tabs, each has its connection, by one socket, and nothing is lost in it, doubled or mixed up', async () => {
  for (let seed = 0; seed < Number(process.env.SCHEDULES ?? 60); seed++) {
    try {
      await play(seed);
    } catch (error) {
      throw Object.assign(error as Error, { message: `seed ${seed}: ${(error as Error).message}` });
    }
  }
});

// Tabs that are open, one after the other; the first one leads.
async function tabsOf(count: number): Promise<{ browser: Browser; clients: Client[]; until(done: () => boolean): Promise<void> }> {
  const browser = new Browser((below) => 1 % below);
  const clients: Client[] = [];
  const until = async (done: () => boolean) => {
    while (!done()) assert.ok(await browser.step(), 'it comes about');
  };
  while (clients.length < count) {
    const client = new Client(browser, `t${clients.length}`);
    clients.push(client);
    await browser.enter(client.tab, client.dial);
    await until(() => client.heard.length === 1);
  }
  return { browser, clients, until };
}

test('more tabs than a leader takes have sockets of their own', async () => {
  const { browser, clients, until } = await tabsOf(67);
  assert.equal(open(browser).length, 3);
  for (const client of clients) await browser.enter(client.tab, client.say);
  await until(() => clients.every(({ sent, heard }) => heard.length === sent.length));
  check(browser, clients);
});

test('a follower that does not read is let go, and has a connection again when it goes on', async () => {
  const { browser, clients, until } = await tabsOf(2);
  const [leader, follower] = clients as [Client, Client];
  const channel = [...open(browser)[0]!.frames.keys()].find(Boolean)!;
  follower.tab.stalls = true;
  for (let n = 0; n < 10; n++) open(browser)[0]!.send(channel + 'x'.repeat(1 << 20));
  await until(() => leader.tab.tasks.length === 0);
  assert.ok(follower.tab.tasks.length < 10, 'what waits for it is bounded');
  assert.ok(open(browser)[0]!.over.has(channel), 'the server hears of it');
  follower.tab.stalls = false;
  await until(() => follower.moves === 1 && follower.open);
  assert.equal(open(browser).length, 1);
});

test('a follower that reads what comes keeps its connection', async () => {
  const { browser, clients, until } = await tabsOf(2);
  const channel = [...open(browser)[0]!.frames.keys()].find(Boolean)!;
  for (let n = 0; n < 40; n++) {
    open(browser)[0]!.send(channel + 'x'.repeat(1 << 20));
    await until(() => clients.every(({ tab }) => tab.tasks.length === 0));
  }
  assert.equal(clients[1]!.moves, 0);
});

test('when the leader ends, the next one has the socket after the first wait of its core', async () => {
  const { browser, clients, until } = await tabsOf(3);
  const [leader, ...others] = clients as [Client, Client, Client];
  const { now } = browser;
  browser.kill(leader.tab);
  await until(() => others.every((client) => client.moves === 1 && client.open));
  assert.ok(browser.now - now <= 100);
  assert.equal(open(browser).length, 1);
});

test('a follower that only listens notices that its leader stands still', async () => {
  const { browser, clients, until } = await tabsOf(2);
  const [leader, follower] = clients as [Client, Client];
  leader.tab.stalls = true;
  const { now } = browser;
  await until(() => follower.moves === 1 && follower.open);
  assert.ok(browser.now - now <= 13_000, 'asked every five seconds');
});

for (const late of [1005, 59_000])
  test(`in a hidden tab, whose timers are ${late} ms late, a follower takes over too`, async () => {
    const { browser, clients, until } = await tabsOf(2);
    const [leader, follower] = clients as [Client, Client];
    leader.tab.stalls = true;
    browser.late = late;
    await browser.enter(follower.tab, follower.close);
    await browser.enter(follower.tab, follower.dial);
    const { now } = browser;
    await until(() => follower.open);
    assert.ok(browser.now - now <= 3 * (1000 + late));
  });

test('a leader whose socket is silent makes another one when a tab wants a connection', async () => {
  const { browser, clients, until } = await tabsOf(2);
  const [leader, follower] = clients as [Client, Client];
  const [dead] = open(browser);
  dead!.mute = true;
  await browser.enter(follower.tab, follower.say);
  await until(() => follower.open && leader.open && leader.moves === 1);
  assert.equal(dead!.open, false);
  assert.equal(open(browser).length, 1);
});

test('a leader whose socket is well keeps it, whatever it sent that nobody answers', async () => {
  const { browser, clients, until } = await tabsOf(2);
  const [leader, follower] = clients as [Client, Client];
  await browser.enter(follower.tab, follower.close);
  await browser.enter(leader.tab, () => leader.socket!.send('{"event":"pong"}'));
  const { now } = browser;
  await browser.enter(leader.tab, () => setTimeout(() => {}, 20_000));
  await until(() => browser.now >= now + 20_000);
  await browser.enter(follower.tab, follower.dial);
  await until(() => follower.open);
  assert.equal(leader.moves, 0);
  assert.equal(open(browser).length, 1);
});

test('a leader that goes on ends no connection by the next one', async () => {
  const { browser, clients, until } = await tabsOf(1);
  const [leader] = clients as [Client];
  leader.tab.stalls = true;
  for (const name of ['t1', 't2']) {
    const client = new Client(browser, name);
    clients.push(client);
    await browser.enter(client.tab, client.dial);
    const { now } = browser;
    await browser.enter(client.tab, () => setTimeout(() => {}, 300));
    await until(() => browser.now >= now + 300);
  }
  await until(() => clients.slice(1).every((client) => client.open));
  leader.tab.stalls = false;
  await until(() => leader.moves === 1 && leader.open);
  assert.deepEqual(
    clients.map(({ moves }) => moves),
    [1, 0, 0],
  );
});

test('tabs that do not hear each other have sockets of their own', async () => {
  const browser = new Browser((below) => 1 % below);
  const Real = globalThis.BroadcastChannel;
  let part = '';
  globalThis.BroadcastChannel = class extends Real {
    constructor(name: string) {
      super(name + part);
    }
  };
  const clients = ['a', 'b'].map((name) => new Client(browser, name));
  for (const client of clients) {
    const { tasks } = client.tab;
    const { push } = tasks;
    // What runs in the tab has its own channels.
    tasks.push = (...list) =>
      push.apply(
        tasks,
        list.map((run) => () => ((part = client.name), run())),
      );
    part = client.name;
    await browser.enter(client.tab, client.dial);
  }
  while (browser.now < 61_000 && (await browser.step())) check(browser, clients);
  assert.ok(clients.every((client) => client.open));
  assert.ok(browser.server.length < 12, `${browser.server.length} sockets`);
});

test('a leader follows no more tabs than the server takes channels', async () => {
  const read = async (file: string, number: RegExp) => Number(number.exec(await readFile(file, 'utf8'))![1]);
  const most = await read('src/engine/leader.ts', /mostFollowers = (\d+)/);
  assert.equal(most, await read('../server/internal/gateway/channels.go', /maxChannels = (\d+)/));
});

test('a leader that stands still is replaced when a follower has waited for two seconds', async () => {
  const { browser, clients, until } = await tabsOf(2);
  const [leader, follower] = clients as [Client, Client];
  leader.tab.stalls = true;
  const { now } = browser;
  await browser.enter(follower.tab, follower.say);
  await until(() => follower.moves === 1 && follower.open);
  assert.ok(browser.now - now <= 3100, 'two seconds, and one more for its lock');
  leader.tab.stalls = false;
  await until(() => leader.moves === 1 && leader.open);
  assert.equal(open(browser).length, 1);
});

test('a channel that the server ends is the end of one connection', async () => {
  const { browser, clients, until } = await tabsOf(3);
  const [leader, follower, other] = clients as [Client, Client, Client];
  const { connection } = follower;
  open(browser)[0]!.send([...open(browser)[0]!.frames.keys()].find((name) => open(browser)[0]!.frames.get(name)![0]!.includes('t1'))!);
  await until(() => follower.connection > connection && follower.open);
  assert.equal(follower.moves + leader.moves + other.moves, 0);
  assert.equal(open(browser).length, 1);
});

test('where the browser refuses locks, a tab has a socket of its own', async () => {
  const browser = new Browser((below) => 1 % below);
  navigator.locks.request = () => Promise.reject(new DOMException('denied', 'SecurityError'));
  const client = new Client(browser, 't0');
  await browser.enter(client.tab, client.dial);
  while (!client.open) assert.ok(await browser.step());
});
