// Files in the agent console, both ways: chosen, dropped, pasted; shown, saved, refused.
import { restVisitor } from './support/chats.ts';
import { saved } from './support/files.ts';
import { expect, test } from './support/fixtures.ts';
import { png } from './support/png.ts';

test("a visitor's picture is shown and can be saved, other files are a row", async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url);
  await visitor.search();
  await agent.accept();
  await visitor.send('a drawing.png', 'image/png', png());
  await visitor.send('notes.txt', 'text/plain', 'two sizes');

  const picture = agent.message('a drawing.png').getByRole('img', { name: 'a drawing.png' });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(40);
  expect(await picture.getAttribute('src')).toMatch(/^blob:/);
  await expect(agent.message('notes.txt')).toContainText('9 bytes');
  const file = await saved(agent.page, () => agent.message('notes.txt').getByTestId('media-save').click());
  expect({ ...file, content: String(file.content) }).toEqual({ name: 'notes.txt', content: 'two sizes' });
  expect((await saved(agent.page, () => agent.message('a drawing.png').getByTestId('media-save').click())).content).toEqual(png());
});

test("an agent's files reach the visitor: chosen, dropped and pasted", async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url);
  await visitor.search();
  await agent.accept();
  await expect(agent.pane()).toBeVisible();
  await agent.attach(
    { name: 'one.txt', mimeType: 'text/plain', buffer: Buffer.from('1') },
    { name: 'two.png', mimeType: 'image/png', buffer: png() },
  );
  await agent.give('drop', { name: 'three.txt', type: 'text/plain', text: '3' });
  await agent.give('paste', { name: 'four.txt', type: 'text/plain', text: '4' });
  for (const name of ['one.txt', 'two.png', 'three.txt', 'four.txt']) {
    await expect(agent.message(name)).toHaveCount(1);
    await expect(agent.message(name)).toHaveAttribute('data-status', 'sent');
    await expect(agent.message(name).getByTestId('upload-progress')).toHaveCount(0);
  }
  const { messages } = await visitor.ask('GET', `/chats/${visitor.chatId}/messages`);
  expect(messages.map(({ message }: any) => message.name).sort()).toEqual(['four.txt', 'one.txt', 'three.txt', 'two.png']);
});

test('what may not be sent is refused with words, and nothing is sent', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url);
  await visitor.search();
  await agent.accept();
  const problem = agent.pane().getByTestId('chat-problem');
  await expect(agent.pane()).toBeVisible();
  for (const [file, words] of [
    [{ name: 'logo.svg', type: 'image/svg+xml', text: "<svg xmlns='http://www.w3.org/2000/svg'/>" }, /logo\.svg.*cannot be sent.*png/],
    [{ name: 'empty.txt', type: 'text/plain', text: '' }, /empty\.txt.*is empty/],
    [{ name: 'huge.txt', type: 'text/plain', bytes: 26 << 20 }, /huge\.txt.*26 MB.*25 MB/],
  ] as const) {
    await agent.give('drop', file);
    await expect(problem).toHaveText(words);
  }
  await problem.getByRole('button', { name: 'Dismiss' }).click();
  await expect(problem).toHaveCount(0);
  await expect(agent.pane().getByTestId('chat-message')).toHaveCount(0);
  expect((await visitor.ask('GET', `/chats/${visitor.chatId}/messages`)).messages).toEqual([]);
});

test('a file that lies about its type is refused by the server, and stays to be seen', async ({ people, server, guard }) => {
  guard.allow(/status of 403/); // Chromium reports the refused upload itself
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url);
  await visitor.search();
  await agent.accept();
  await expect(agent.pane()).toBeVisible();
  await agent.give('drop', { name: 'lie.png', type: 'image/png', text: "<script>document.title='owned'</script>" });
  const line = agent.message('lie.png');
  await expect(line).toHaveAttribute('data-status', 'failed');
  await expect(line).toContainText('"lie.png" cannot be sent: its content is text/html; allowed are jpeg, jpg, png');
  await line.getByTestId('chat-retry').click();
  await expect(line).toHaveAttribute('data-status', 'failed');
});
