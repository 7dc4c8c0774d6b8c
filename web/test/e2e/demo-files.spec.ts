// Files in the demo's chat window, both ways: chosen, dropped, pasted; shown, saved, refused.
import { needs } from './support/engine.ts';
import { saved } from './support/files.ts';
import { expect, test } from './support/fixtures.ts';
import { png } from './support/png.ts';

test("an agent's picture is shown and can be saved, other files are a row", async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await agent.accept();
  await expect(agent.pane()).toBeVisible();
  await agent.attach(
    { name: 'a drawing.png', mimeType: 'image/png', buffer: png() },
    { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('two sizes') },
  );
  const picture = visitor.message('a drawing.png').getByRole('img', { name: 'a drawing.png' });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(40);
  expect(await picture.getAttribute('src')).toMatch(/^blob:/);
  await expect(visitor.message('notes.txt')).toContainText('9 bytes');
  await expect(visitor.message('notes.txt').getByRole('img')).toHaveCount(0);
  const save = (name: string) => saved(visitor.page, () => visitor.message(name).getByTestId('media-save').click());
  expect(await save('notes.txt')).toEqual({ name: 'notes.txt', content: Buffer.from('two sizes') });
  expect(await save('a drawing.png')).toEqual({ name: 'a drawing.png', content: png() });

  await visitor.page.reload();
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(40);
});

test("a visitor's files reach the agent: chosen, dropped and pasted", async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await agent.accept();
  await visitor.attach(
    { name: 'one.txt', mimeType: 'text/plain', buffer: Buffer.from('1') },
    { name: 'two.png', mimeType: 'image/png', buffer: png() },
  );
  await visitor.give('drop', { name: 'three.txt', type: 'text/plain', text: '3' });
  await visitor.give('paste', { name: 'four.txt', type: 'text/plain', text: '4' });
  for (const name of ['one.txt', 'two.png', 'three.txt', 'four.txt']) {
    await expect(visitor.message(name)).toHaveAttribute('data-status', /sent|read/);
    await expect(visitor.message(name).getByTestId('upload-progress')).toHaveCount(0);
    await expect(agent.message(name)).toHaveCount(1);
  }
  await expect(visitor.message('two.png').getByRole('img', { name: 'two.png' })).toBeVisible();
});

test("a phone's files and renamed ones are taken for what they are", async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await agent.accept();
  await visitor.attach(
    { name: 'screenshot.jpg', mimeType: 'image/jpeg', buffer: png() },
    { name: 'log.txt', mimeType: 'text/plain', buffer: Buffer.from('{"level": "info"}') },
    { name: 'IMG_1.HEIC', mimeType: 'image/heic', buffer: Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1') },
    { name: 'IMG_2.MOV', mimeType: 'video/quicktime', buffer: Buffer.from('\0\0\0\x14ftypqt  \0\0\0\0qt  ', 'latin1') },
  );
  for (const name of ['screenshot.jpg', 'log.txt', 'IMG_1.HEIC', 'IMG_2.MOV']) {
    await expect(visitor.message(name)).toHaveAttribute('data-status', /sent|read/);
    await expect(agent.message(name).getByTestId('media')).toBeVisible();
  }
  await expect(agent.message('screenshot.jpg').getByRole('img', { name: 'screenshot.jpg' })).toBeVisible();
  await expect(agent.message('IMG_1.HEIC').locator('.picture')).toHaveCount(0);
  await expect(agent.message('IMG_1.HEIC').getByRole('alert')).toHaveText('');
});

test('how far an upload is, is seen', async ({ people }) => {
  needs('blobs');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  await visitor.page.route('**/v1/media', async (route) => {
    await held;
    await route.continue();
  });
  await visitor.give('drop', { name: 'slow.txt', type: 'text/plain', text: 'slow' });
  await expect(visitor.message('slow.txt')).toHaveAttribute('data-status', 'pending');
  await expect(visitor.message('slow.txt').getByRole('progressbar', { name: 'Sending' })).toBeVisible();
  go();
  await expect(visitor.message('slow.txt')).toHaveAttribute('data-status', 'sent');
  await expect(visitor.message('slow.txt').getByRole('progressbar')).toHaveCount(0);
});

test('what may not be sent is refused with words, and nothing is sent', async ({ people, guard }) => {
  guard.allow(/status of 403/); // Chromium reports the refused upload itself
  const visitor = await people.visitor();
  await visitor.start('Ada');
  const problem = visitor.page.getByTestId('chat-problem');
  for (const [file, words] of [
    [
      { name: 'logo.svg', type: 'image/svg+xml', text: "<svg xmlns='http://www.w3.org/2000/svg' onload='document.title=1'/>" },
      /logo\.svg.*cannot be sent.*png/,
    ],
    [{ name: 'page.html', type: 'text/html', text: "<script>document.title='owned'</script>" }, /page\.html.*cannot be sent/],
    [{ name: 'empty.txt', type: 'text/plain', text: '' }, /empty\.txt.*is empty/],
    [{ name: 'huge.txt', type: 'text/plain', bytes: 26 << 20 }, /huge\.txt.*26 MB.*25 MB/],
  ] as const) {
    await visitor.give('drop', file);
    await expect(problem).toHaveText(words);
  }
  await expect(visitor.page.locator('.message[data-own=true]')).toHaveCount(0);

  await visitor.give('drop', {
    name: 'lie.png',
    type: 'image/png',
    text: "<svg xmlns='http://www.w3.org/2000/svg' onload='document.title=1'/>",
  });
  await expect(problem).toHaveText('');
  const line = visitor.message('lie.png');
  await expect(line).toHaveAttribute('data-status', 'failed');
  await expect(line).toContainText('"lie.png" cannot be sent: its content is image/svg+xml; allowed are jpeg, jpg, png');
  await expect(line.getByTestId('chat-retry')).toHaveCount(0);
  expect(await visitor.page.title()).toContain('Fieldhouse');
});

test('markup in the names of files and hostile links are text', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Eve');
  await agent.accept();
  await expect(agent.pane()).toBeVisible();
  const name = "<img src=x onerror=document.title='owned'>.txt";
  await agent.give('drop', { name, type: 'text/plain', text: '1' });
  await visitor.give('drop', { name, type: 'text/plain', text: '2' });
  await expect(visitor.message(name)).toHaveCount(2);
  await expect(visitor.messages.locator('img')).toHaveCount(0);

  const typed = `<a href="javascript:document.title='owned'">a link</a> <a href="https://example.com/">a good one</a>`;
  await agent.say(typed);
  const line = visitor.message('a link');
  await expect(line.locator('.bubble')).toHaveText(typed);
  await expect(line.getByRole('link')).toHaveCount(1);
  await expect(line.getByRole('link')).toHaveAttribute('href', 'https://example.com/');
  await expect(line.getByRole('link')).toHaveAttribute('rel', 'noopener noreferrer nofollow');
  for (const page of [agent.page, visitor.page]) expect(await page.title()).not.toBe('owned');
});
