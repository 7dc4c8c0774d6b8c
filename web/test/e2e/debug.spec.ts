// ICF.Parley.debug: what it records can be replayed, step by step, and says nothing of what people wrote.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { attended, count, enter, openChat } from './support/sdk.ts';

const program = process.env.PARLEYD ?? 'parleyd';

/** What `parleyd replay` prints, and whether it finds the same. */
async function replay(file: string): Promise<{ output: string; same: boolean }> {
  try {
    return { output: (await promisify(execFile)(program, ['replay', file], { maxBuffer: 1 << 25 })).stdout, same: true };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { output: stdout + stderr, same: false };
  }
}

test('a conversation is recorded, masked, and does the same again natively', async ({ sdk, link, wire, guard }, info) => {
  guard.allow(connectionErrors);
  guard.allow(/status of 4\d\d/);
  const agent = await wire.agent('agent1');
  const page = await sdk({ server: link.url });
  await page.evaluate(() => ICF.Parley.debug.start({ console: false }));
  const { token } = await enter(page, { appId: 'demo', server: link.url });
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await page.evaluate(async () => {
    await window.chat.sendMessage('My card ends in 4711, é "quoted" 😀\nLine two');
    await window.chat.sendMedia(new File(['Secret content'], 'Diagnosis Mrs Miller.txt', { type: 'text/plain' }));
    await window.chat.sendMedia(new File(['MZ'], 'Grandmother.exe')).catch(() => {});
    await window.chat.sendMessage('').catch(() => {});
    await window.chat.importHistory([{ sender: 'bot', message: 'Earlier confession', created: 1_700_000_000 }]);
    await ICF.Api.request('/users/me', 'PATCH', { contact: 'ada@lovelace.example' }).catch(() => {});
  });
  await agent.request('messages:new', { chatId, message: 'Answer of the agent' });
  await page.waitForFunction(() => window.seen.some(([name, data]) => name === 'message:received' && /Answer/.test(data.message.message)));
  await link.refuse(true);
  link.cut();
  await page.waitForFunction(() => ICF.Parley.connection.state === 'waiting');
  const sent = page.evaluate(() => window.chat.sendMessage('Written in the tunnel'));
  await agent.request('messages:new', { chatId, message: 'Meanwhile elsewhere' });
  await link.refuse(false);
  await sent;
  await expect.poll(() => count(page, 'message:received')).toBeGreaterThan(1);
  await page.evaluate(() => ICF.Chat.init({ id: window.chat.id }));
  await page.evaluate(() => window.chat.close({ extraData: { verdict: 'guilty' } } as any));
  await page.evaluate(() => ICF.Lobby.close());

  const recording = await page.evaluate(() => ICF.Parley.debug.export!());
  const told = ['quoted', 'Line two', 'Diagnosis', 'Grandmother', 'Secret', 'confession', 'lovelace', 'Answer', 'tunnel', 'Meanwhile'];
  for (const words of [...told, 'guilty', token, 'Visitor', 'Agent 1'])
    expect(recording.includes(words), `the recording has ${words}`).toBe(false);
  for (const part of ['"in":["said"', '"event":"chats:get"']) expect(recording).toContain(part);
  const file = info.outputPath('recording.jsonl');
  await writeFile(file, recording);
  const { output, same } = await replay(file);
  expect(same, output.slice(-3000)).toBe(true);
  const [, replayed, all, compared] = /(\d+) of (\d+) entries replayed on 1 cores, (\d+) compared/.exec(output)!.map(Number);
  expect([replayed, compared]).toEqual([all, all]);
  expect(all, 'thirteen calls and their ends, at least').toBeGreaterThanOrEqual(26);

  // One answer of the server that was different is found where it is.
  const lines = recording.split('\n');
  const at = lines.findIndex((line) => line.includes('"in":["frames"') && line.includes('"status":"active"'));
  lines[at] = lines[at]!.replace('"status":"active"', '"status":"closed"');
  const altered = info.outputPath('altered.jsonl');
  await writeFile(altered, lines.join('\n'));
  const other = await replay(altered);
  expect(other.same).toBe(false);
  expect(other.output).toMatch(/line \d+: the core does something else/);
});

test('a switch records from the beginning, to the logger of the page', async ({ sdk }) => {
  const page = await sdk();
  expect(await page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => /debug/.test(name)).length)).toBe(0);
  await page.evaluate(async () => {
    localStorage['parley.debug'] = '1';
    const lines: string[] = ((window as any).lines = []);
    const keep = (line: string) => void lines.push(line);
    ICF.Parley.logger = { debug: keep, info: keep, warn: keep };
    await ICF.init({ appId: 'demo' });
  });
  expect(await page.evaluate(() => (window as any).lines[0])).toMatch(/^\d+\.\d{3} s {2}(page|command init)/);
  const entries = await page.evaluate(() => ICF.Parley.debug.entries!());
  expect(entries[0]).toMatchObject({ core: 1, n: 1 });
  expect(entries.flatMap(({ lines }) => lines).join('\n')).toContain('→ HTTP GET');
  await page.evaluate(() => ICF.Parley.debug.stop!());
  const before = entries.length;
  await page.evaluate(() => ICF.Api.request('/apps/demo/validate').catch(() => {}));
  expect(await page.evaluate(() => ICF.Parley.debug.entries!().length)).toBe(before);
});
