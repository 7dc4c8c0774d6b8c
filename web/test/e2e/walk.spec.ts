// The walk of a message: the source files between chat.sendMessage in the visitor's page
// and the listener in the agent's. docs/architecture.md names them, and nothing else may
// join them unseen.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { needs } from './support/engine.ts';
import { expect, loginAgent, test } from './support/fixtures.ts';
import { enter, openChat } from './support/sdk.ts';
import { Walk } from './support/walk.ts';

// So many files are on it. The number may only fall; it rose by one when scan.go took the place of a library, whose
// files are not counted, by one for payload.ts, since when the payload of a message does not go through the core, by two when bridge.ts became three, and
// by six when the server began to store messages together (group.go, messages.go, publish.go, engine.go, requests.go) and to write frames
// together (socket.go), and by two when tabs began to share a socket (shared-socket.ts, leader.ts), and by
// two when frames began to share a message (joined-socket.ts, message.go), and by sixteen when a server in public began to count
// what is taken and to ask whether there is room (limit, quota, reserve, block), and by
// two when requests got spans (span.go, answered.go), and by one when the disk got a bound of positions (positions.go).
const most = 73;

// One worker for all, so that the build is made once.
test.describe.configure({ mode: 'default' });
let walk: Walk;
test.beforeAll(async () => {
  needs('newCDPSession');
  test.setTimeout(180_000); // compiles the core and the server
  walk = await Walk.prepare();
});
test.afterAll(() => (walk as Walk | undefined)?.dispose());

test('a message walks through the files that docs/architecture.md names, and no others', async ({ context, newContext, sdk, guard }) => {
  guard.allow(/GOCOVERDIR not set/); // a core has no folder to leave its counters in, and says so
  await walk.ready(context);
  const page = await sdk({ script: walk.script });
  await enter(page);
  await openChat(page);

  const other = await newContext();
  await walk.ready(other);
  const desk = await sdk({ script: walk.script, page: await other.newPage() });
  const { user, token } = await loginAgent(walk.server.url, 'agent1');
  await desk.evaluate(
    async ([id, token]) => {
      await ICF.init({ appId: 'demo', session: 'none' });
      await ICF.Lobby.init({ id, token });
      window.seen = [];
      ICF.Events.subscribe('invitations:new', async ({ chatId: id }: any) => {
        await ICF.Events.send('invitations:accept', { chatId: id });
        window.chat = await ICF.Chat.init({ id });
        window.chat.on('message:received', ({ message }) => window.seen.push(['message:received', message.message]));
      });
      await ICF.Events.send('agents:available', { available: true });
    },
    [user.id, token] as const,
  );
  await page.evaluate(() => window.chat.searchAgent());
  await desk.waitForFunction(() => window.chat);

  await walk.watch(page);
  await walk.watch(desk);
  const rounds: Set<string>[] = [];
  for (let round = 1; round <= 8; round++) {
    const files = await walk.during(() =>
      Promise.all([
        page.evaluate((round) => window.chat.sendMessage(`message ${round}`), round),
        desk.waitForFunction((round) => window.seen.length === round, round, { polling: 20 }),
      ]),
    );
    rounds.push(files);
  }

  // What ran by chance, such as a timer of the server, did not run each time.
  const always = [...rounds[0]!].filter((file) => rounds.every((round) => round.has(file))).sort();
  const sometimes = new Set(rounds.flatMap((round) => [...round]));
  const named = await namedFiles();
  expect
    .soft(
      always.filter((file) => !named.includes(file)),
      'files on the walk that docs/architecture.md does not name',
    )
    .toEqual([]);
  expect
    .soft(
      named.filter((file) => !sometimes.has(file)),
      'files that docs/architecture.md names and no message comes through',
    )
    .toEqual([]);
  expect(always.length).toBeLessThanOrEqual(most);
});

// The page has them in a block ```walk, one a line, each before what it does.
async function namedFiles(): Promise<string[]> {
  const page = await readFile(fileURLToPath(new URL('../../../docs/architecture.md', import.meta.url)), 'utf8');
  const block = /^```walk\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
  return block
    .split('\n')
    .map((line) => line.trim().split(' ')[0]!)
    .filter((word) => /\.(go|ts)$/.test(word));
}
