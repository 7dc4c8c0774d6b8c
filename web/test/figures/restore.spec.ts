// How long a reload takes until a chat with a long history is there again, and
// the longest task of the page's thread on the way: `make figures`.
import type { Browser, Page } from '@playwright/test';
import { test } from '../e2e/support/fixtures.ts';
import { enter, openChat } from '../e2e/support/sdk.ts';
import type { Server } from '../e2e/support/server.ts';

const runs = 7;
const text = (i: number) => `entry number ${i}, about as long as people write on a good day`;

interface Visit {
  page: Page;
  chatId: string;
  token: string;
}

/** Fills by imports, a thousand at once, as a page does that brings a long conversation with a bot. */
async function imports(server: Server, { chatId, token }: Visit, count: number): Promise<void> {
  const created = Math.floor(Date.now() / 1000) - count;
  for (let from = 0; from < count; from += 1000) {
    const history = Array.from({ length: Math.min(1000, count - from) }, (_, i) => ({
      sender: 'assistant',
      type: 'text',
      message: text(from + i),
      created: created + from + i,
    }));
    const answer = await fetch(`${server.url}/v1/chats/${chatId}/history`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hyper-appId': 'demo', 'x-hyper-token': token },
      body: JSON.stringify({ history, brief: true }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

/** In milliseconds: from the navigation's start, and from the call of init, until the chat is there; the longest task, and the CPU's time in one. */
type Restored = Record<'done' | 'init' | 'task' | 'cpu', number>;

async function restore(browser: Browser, { page, chatId }: Visit, count: number): Promise<Restored> {
  await browser.startTracing(page, { categories: ['toplevel', 'disabled-by-default-devtools.timeline'] });
  await page.reload();
  const times = await page.evaluate(
    async ([chatId, count]) => {
      const begun = performance.now();
      await ICF.init({ appId: 'demo' });
      const done = performance.now();
      const { length } = ICF.Lobby.chats[chatId]!.history;
      if (length !== count) throw new Error(`${length} entries instead of ${count}`);
      return { done, init: done - begun };
    },
    [chatId, count] as const,
  );
  const { traceEvents } = JSON.parse(String(await browser.stopTracing()));
  const main = new Set(
    traceEvents
      .filter(({ name, args }: any) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }: any) => `${pid} ${tid}`),
  );
  const tasks = traceEvents.filter(({ name, pid, tid }: any) => name.endsWith('RunTask') && main.has(`${pid} ${tid}`));
  const longest = (of: 'dur' | 'tdur') => Math.max(...tasks.map((task: any) => task[of] ?? 0)) / 1000;
  return { ...times, task: longest('dur'), cpu: longest('tdur') };
}

const median = (numbers: number[]) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

test.setTimeout(600_000);

test('from reload to restored chat', async ({ browser, newContext, sdk, server, wire }) => {
  const rows = [['entries', 'reload to restored', 'of it ICF.init', 'longest task', 'most CPU in one']];
  for (const [kind, count] of [
    ['imported', 10],
    ['imported', 1000],
    ['imported', 10_000],
    ['said', 10_000],
  ] as const) {
    const page = await sdk({ page: await (await newContext()).newPage() });
    const { token } = await enter(page);
    const visit = { page, token, chatId: await openChat(page) };
    if (kind === 'imported') {
      await imports(server, visit, count);
    } else {
      const visitor = await wire(token);
      visitor.socket.setMaxListeners(101);
      for (let i = 0; i < count; i += 100) {
        await Promise.all(
          Array.from({ length: 100 }, (_, j) => visitor.request('messages:new', { chatId: visit.chatId, message: text(i + j) })),
        );
      }
    }
    await restore(browser, visit, count); // warms up
    const found: Restored[] = [];
    for (let i = 0; i < runs; i++) found.push(await restore(browser, visit, count));
    const figure = (of: keyof Restored) => `${median(found.map((one) => one[of])).toFixed(1)} ms`;
    rows.push([`${count} ${kind}`, figure('done'), figure('init'), figure('task'), figure('cpu')]);
    await page.close();
  }
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  console.log(
    `\nMedians of ${runs} reloads\n${rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ')).join('\n')}\n`,
  );
});
