// A React app in Vite's development server: what is edited while a chat is open is exchanged in the page, and the chat goes on.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '../e2e/support/fixtures.ts';
import { Project, pack } from './project.ts';
import { specs } from './projects.ts';

test('hot module replacement keeps one core', async ({ newContext, server, wire }) => {
  test.setTimeout(5 * 60_000);
  const packed = await pack();
  const project = await Project.make(specs.find(({ name }) => name === 'Vite, React')!, packed.tarball, server.url);
  try {
    const url = await project.development();
    const agent = await wire.agent('agent1');
    const page = await (await newContext()).newPage();
    const cores: string[] = [];
    page.on('response', (response) => response.url().includes('.wasm') && cores.push(response.url()));
    await page.goto(`${url}?${new URLSearchParams({ server: server.url })}`);
    const { chatId } = (await agent.next('invitations:new')).data;
    await agent.request('invitations:accept', { chatId });
    await page.getByRole('textbox').fill('before');
    await page.getByRole('textbox').press('Enter');
    await expect(page.getByRole('listitem')).toHaveText(['before']);
    await agent.next('messages:new');
    await page.evaluate(() => Object.assign(window, { stays: true }));
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));

    // The component, then the module that begins all, whose change loads the page anew in Vite: it cannot accept itself.
    const file = join(project.folder, 'Talk.jsx');
    for (const title of ['Edited once', 'Edited twice']) {
      await writeFile(file, (await readFile(file, 'utf8')).replace(/<h1>.*<\/h1>/, `<h1>${title}</h1>`));
      await expect(page.getByRole('heading')).toHaveText(title, { timeout: 60_000 });
      await agent.request('messages:new', { chatId, message: title });
    }
    await expect(page.getByRole('listitem')).toHaveText(['before', 'Edited once', 'Edited twice']);
    await page.getByRole('textbox').fill('after');
    await page.getByRole('textbox').press('Enter');
    await expect(page.getByRole('listitem')).toHaveText(['before', 'Edited once', 'Edited twice', 'after']);
    expect((await agent.next('messages:new', ({ message }) => message.message === 'after')).data.chatId).toBe(chatId);
    expect(await page.evaluate(() => 'stays' in window), 'the page was not loaded anew').toBe(true);
    expect(cores.length, 'the core was fetched once').toBe(1);
    expect(sockets, 'no connection was made').toEqual([]);
    await page.close();
  } finally {
    await project.remove();
    await packed.remove();
  }
});
