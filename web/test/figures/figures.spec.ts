// The figures: `make figures`. It measures, prints one table and judges
// nothing. Times depend on the machine, so what can be is set against a bare
// WebSocket that does the same on the same page in the same run.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from '../e2e/support/fixtures.ts';
import { attended, enter, openChat } from '../e2e/support/sdk.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const brotli = (pattern: RegExp) => readFileSync(`${dist}/${readdirSync(dist).find((name) => pattern.test(name))}`).length;

const rows: [string, string][] = [];
const tell = (what: string, figure: string) => rows.push([what, figure]);

function quantile(sorted: number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}

function spread(times: number[]): { median: number; p99: number } {
  const sorted = [...times].sort((a, b) => a - b);
  return { median: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

const ms = (n: number) => `${n.toFixed(2)} ms`;
const KB = (n: number) => `${(n / 1000).toFixed(1)} KB`;

test.setTimeout(300_000);

test('figures', async ({ sdk, wire, context, server }) => {
  tell('icf.sdk.js, brotli', `${brotli(/^icf\.sdk\.js\.br$/)} bytes`);
  tell('engine.js, brotli', `${brotli(/^engine\.\w+\.js\.br$/)} bytes`);
  tell('wasm, brotli', `${brotli(/\.wasm\.br$/)} bytes`);

  const page = await sdk();
  const starts: number[] = [];
  for (let i = 0; i < 21; i++) {
    await page.reload();
    const time = await page.evaluate(async () => {
      const begun = performance.now();
      await ICF.init({ appId: 'demo' });
      return performance.now() - begun;
    });
    if (i > 0) starts.push(time);
  }
  tell('ICF.init to resolved, warm cache (median of 20)', ms(spread(starts).median));

  const agent = await wire.agent('agent1');
  const { token } = await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);

  const roundTrips = () =>
    page.evaluate(async () => {
      const times: number[] = [];
      for (let i = 0; i < 500; i++) {
        const begun = performance.now();
        await window.chat.sendMessage(`message number ${i}, about as long as people write on a good day`);
        times.push(performance.now() - begun);
      }
      return times;
    });
  const bare = () =>
    page.evaluate(
      async ([url, token, chatId]) => {
        const socket = new WebSocket(url);
        await new Promise((open) => (socket.onopen = open));
        const waiting = new Map<string, () => void>();
        socket.onmessage = ({ data }) => waiting.get(JSON.parse(data).id)?.();
        const ask = (id: string, event: string, data: object) =>
          new Promise<void>((resolve) => {
            waiting.set(id, resolve);
            socket.send(JSON.stringify({ id, event, data }));
          });
        await ask('open', 'session:open', { appId: 'demo', token });
        const times: number[] = [];
        for (let i = 0; i < 500; i++) {
          const begun = performance.now();
          await ask(`bare-${performance.now()}-${i}`, 'messages:new', {
            chatId,
            message: `message number ${i}, about as long as people write on a good day`,
          });
          times.push(performance.now() - begun);
        }
        socket.close(1000);
        return times;
      },
      [`${server.url.replace('http', 'ws')}/v1/socket`, token, chatId] as const,
    );
  await roundTrips(); // warm up both
  await bare();
  const ours = spread(await roundTrips());
  const theirs = spread(await bare());
  tell('sendMessage round trip on loopback (500)', `median ${ms(ours.median)}, p99 ${ms(ours.p99)}`);
  tell(
    'the same by a bare WebSocket',
    `median ${ms(theirs.median)}, p99 ${ms(theirs.p99)}; ratio of medians ${(ours.median / theirs.median).toFixed(2)}`,
  );

  const cdp = await context.newCDPSession(page);
  await cdp.send('Performance.enable');
  const cpu = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    const seconds = (name: string) => metrics.find((metric) => metric.name === name)!.value;
    return { task: seconds('TaskDuration'), script: seconds('ScriptDuration') };
  };
  const received = () => page.evaluate(() => window.seen.filter(([name]) => name === 'message:received').length);
  const start = await received();
  const before = await cpu();
  for (let i = 0; i < 1000; i++)
    await agent.request('messages:new', { chatId, message: `answer number ${i}, about as long as people write on a good day` });
  await page.waitForFunction((all) => window.seen.filter(([name]) => name === 'message:received').length === all, start + 1000, {
    polling: 500,
  });
  const after = await cpu();
  tell(
    "CPU per inbound message on the page's thread",
    `${(after.task - before.task).toFixed(3)} ms of tasks, ${(after.script - before.script).toFixed(3)} ms of it script (mean of 1000)`,
  );

  const stats = await page.evaluate(() => ICF.Parley.stats()!);
  tell('after these some 4000 messages: Go heap', KB(stats.heap));
  tell('wasm memory', KB(stats.memory));
  tell('page objects held by Go', String(stats.references));
  await page.evaluate(() => window.chat.close());

  const fresh = await sdk({ page: await context.newPage() });
  await fresh.evaluate(() => (document.cookie = 'i.cc=; Max-Age=0; path=/'));
  await enter(fresh);
  const idle = await fresh.evaluate(() => ICF.Parley.stats()!);
  await openChat(fresh);
  await fresh.evaluate(async () => {
    for (let i = 0; i < 1000; i++) await window.chat.sendMessage(`message ${i}`);
  });
  const thousand = await fresh.evaluate(() => ICF.Parley.stats()!);
  await fresh.evaluate(() => window.chat.close());
  const closed = await fresh.evaluate(() => ICF.Parley.stats()!);
  tell('fresh page, logged in: Go heap, wasm memory', `${KB(idle.heap)}, ${KB(idle.memory)}`);
  tell('after 1,000 messages: Go heap, wasm memory', `${KB(thousand.heap)}, ${KB(thousand.memory)}`);
  tell('page objects held by Go: before the chat, after it was closed', `${idle.references}, ${closed.references}`);
  await openChat(fresh);
  const folder = await mkdtemp(join(tmpdir(), 'parley-figures-'));
  try {
    const [path, size] = [join(folder, 'long.png'), 20_000_000];
    const png = Buffer.alloc(size);
    png.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    await writeFile(path, png);
    await fresh.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { type: 'file', id: 'file' })));
    await fresh.setInputFiles('#file', path);
    const heap = await context.newCDPSession(fresh);
    await heap.send('Performance.enable');
    const held = async () => {
      const { metrics } = await heap.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value + (await fresh.evaluate(() => ICF.Parley.stats()!.memory));
    };
    await heap.send('HeapProfiler.collectGarbage');
    const before = await held();
    await fresh.evaluate(() => {
      const calls: number[] = ((window as any).calls = []);
      (window as any).sent = window.chat.sendMedia(document.querySelector<HTMLInputElement>('#file')!.files![0]!, (progress) =>
        calls.push(progress),
      );
    });
    let most = before;
    while (!(await fresh.evaluate(() => (window as any).calls.includes(100)))) most = Math.max(most, await held());
    await fresh.evaluate(() => (window as any).sent);
    await heap.send('HeapProfiler.collectGarbage');
    const after = await held();
    tell('upload of 20 MB: progress calls', String(await fresh.evaluate(() => (window as any).calls.length)));
    tell('page heap and wasm memory: before, at most while it moved, after', [before, most, after].map(KB).join(', '));
  } finally {
    await rm(folder, { recursive: true });
  }
  tell('js.Funcs', '0 before, 0 after: jsbridge has none (make lint holds it)');

  const width = Math.max(...rows.map(([what]) => what.length));
  console.log(`\n${rows.map(([what, figure]) => `${what.padEnd(width)}  ${figure}`).join('\n')}\n`);
});
