// The testkit's fake server is as parleyd: one script of calls gives the same answers and events,
// member by member, with real sockets and in the page.
import type { FakeAgent } from '../../testkit.d.ts';
import type { NodeFakeServer, NodeServerOptions } from '../../testkit-node.d.ts';
import { fakeIn } from './support/fake.ts';
import { expect, test } from './support/fixtures.ts';
import { Link } from './support/link.ts';
import { type Actor, conversation, play, queued, type Stage } from './support/script.ts';
import { loginAgent, Wire } from './support/wire.ts';

declare global {
  interface Window {
    hole: { end(): void };
  }
}

const built = new URL('../../dist/esm/', import.meta.url);
const { fakeServer } = (await import(`${built}testkit-node.js`)) as { fakeServer(options?: NodeServerOptions): Promise<NodeFakeServer> };

const people = [
  { name: 'agent1', fullName: 'Agent 1', onDuty: false, rooms: ['1', '2'] },
  { name: 'agent2', fullName: 'Agent 2', onDuty: false, rooms: ['1', '2'] },
  { name: 'lead', fullName: 'Lead', role: 'supervisor' as const, onDuty: false, rooms: ['1', '2'] },
];

/** An agent with a socket. */
async function onWire(url: string, name: string, wires: Wire[]): Promise<Actor> {
  const wire = await Wire.connect(url);
  wires.push(wire);
  await wire.open((await loginAgent(url, name)).token);
  return {
    request: (event, data) => wire.request(event, data),
    invited: async (chatId) => void (await wire.next('invitations:new', (data) => data.chatId === chatId)),
  };
}

async function network(link: Link, there: boolean): Promise<void> {
  await link.refuse(!there);
  if (!there) link.cut();
}

for (const [name, steps, queue] of [
  ['a conversation', conversation, false],
  ['a wait in the queue', queued, true],
] as const) {
  test(`${name}: the fake server gives what parleyd gives`, async ({ server, sdk, link, newContext, guard }) => {
    guard.allow(/WebSocket|Failed to load resource|ERR_/);
    const wires: Wire[] = [];
    const settings = {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'x-hyper-appId': 'demo', 'x-hyper-secret': 'demo-secret' },
    };
    if (queue) await fetch(`${server.url}/v1/settings`, { ...settings, body: JSON.stringify({ queue: { active: true } }) });
    const real: Stage = {
      page: await sdk(),
      server: link.url,
      agent: (name) => onWire(server.url, name, wires),
      network: (there) => network(link, there),
    };
    const expected = await play(steps, real);

    const fake = await fakeServer({ agents: people, settings: { queue }, clock: 'system' });
    for (const { name } of people) fake.agent(name).ignores();
    const between = new Link(Number(new URL(fake.url).port));
    await between.start();
    const sockets: Stage = {
      page: await sdk({ page: await (await newContext()).newPage() }),
      server: between.url,
      agent: (name) => onWire(fake.url, name, wires),
      network: (there) => network(between, there),
    };
    try {
      expect(await play(steps, sockets)).toEqual(expected);
    } finally {
      for (const wire of wires) await wire.close(true);
      await between.close();
      await fake.close();
    }

    const page = await sdk({ page: await (await newContext()).newPage() });
    await page.evaluate(
      async ([server, people, queue]) => {
        const { fakeServer } = await import(`${server}/sdk/1/esm/testkit.js`);
        window.fake = fakeServer({ agents: people, settings: { queue }, clock: 'system' });
        for (const { name } of people) (window.fake.agent(name) as FakeAgent).ignores();
      },
      [server.url, people, queue] as const,
    );
    const inside: Stage = {
      page,
      server: 'https://parley.test',
      agent: async (name) => ({
        request: (event, data) =>
          page
            .evaluate(
              ([name, event, data]) => {
                try {
                  return window.fake.agent(name).request(event, data);
                } catch (thrown: any) {
                  return { refused: { code: thrown.code, message: thrown.message } };
                }
              },
              [name, event, data ?? {}] as const,
            )
            .then((given) => {
              if (given?.refused) throw given.refused;
              return given;
            }),
        invited: () =>
          page.evaluate(async () => void (await window.fake.until('an invitation', () => /is invited/.test(window.fake.transcript())))),
      }),
      network: (there) =>
        page.evaluate((there) => {
          if (there) window.hole.end();
          else window.hole = window.fake.faults.offline();
        }, there),
    };
    expect(await play(steps, inside)).toEqual(expected);
  });
}

test("Playwright's clock is that of a fake server in the page", async ({ page, server }) => {
  await page.clock.install({ time: new Date('2030-01-01T00:00:00Z') });
  await fakeIn(page, { agents: ['Grace'], clock: 'system' });
  await page.goto(`${server.url}/demo/`);
  await page.getByTestId('chat-open').hover();
  await expect.poll(() => page.evaluate(() => 'ICF' in window)).toBe(true);
  await page.evaluate(async () => {
    window.fake.agent('Grace').answers(true, 'In a minute', { typing: 60_000 });
    await ICF.init({ appId: 'demo' });
    const { data } = await ICF.Api.request('/users', 'POST', { name: 'Ada' });
    await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
    window.chat = await ICF.Chat.init({ room: '1' });
    await window.chat.searchAgent();
    await window.chat.sendMessage('Hello?');
  });
  const texts = () => page.evaluate(() => window.chat.history.map(({ message }) => message));
  await page.clock.runFor(59_000);
  expect(await texts()).toEqual(['Hello?']);
  await page.clock.runFor(2000);
  await expect.poll(texts).toEqual(['Hello?', 'In a minute']);
  const [first, second] = await page.evaluate(() => window.chat.history.map(({ created }) => created));
  expect(second! - first!).toBeGreaterThanOrEqual(60);
});
