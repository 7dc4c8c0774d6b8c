// Closed chats in the console: listed page by page, read again, saved.
import { readFile } from 'node:fs/promises';
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { png } from './support/png.ts';

test('a closed chat with notes and tags is read again and saved as text, CSV and JSON', async ({ people, server, guard }) => {
  guard.allow(/status of 400/); // Chromium reports the refused tag itself
  const agent = await people.agent('agent1');
  const visitor = await restVisitor(server.url, { name: 'Ada', extraInfo: { plan: 'gold' } });
  await visitor.search();
  await agent.accept();
  await visitor.say('Is the blue one there?');
  await visitor.send('a drawing.png', 'image/png', png());
  await agent.say('It is.');
  const { page } = agent;
  await page.getByTestId('details-toggle').press('Enter');
  await page.getByTestId('tag-new').fill('  Blue  Things ');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('chat-tag')).toHaveText('blue things');
  await expect(page.getByTestId('tag-new')).toHaveValue('');
  await page.getByTestId('note-new').fill('<b>wants</b> two\nof them');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByTestId('note')).toContainText('<b>wants</b> two');
  await expect(page.getByTestId('note')).toContainText('Agent 1');
  await expect(page.getByRole('button', { name: 'Details, notes: 1' })).toBeVisible();
  await page.getByTestId('tag-new').fill('a, b');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('notes-problem')).toContainText('comma');
  await agent.close();
  await agent.list('closed');
  await page.getByTestId('closed-chat').filter({ hasText: 'Ada' }).click();
  const pane = page.getByTestId('reading-pane');
  await expect(pane.getByTestId('chat-message')).toHaveCount(3);
  await expect(pane.getByTestId('chat-message').last()).toHaveText(/You.*It is\./s);
  await expect(pane.locator('.picture img')).toHaveCount(1);
  await expect(pane.getByTestId('chat-input')).toHaveCount(0);
  await pane.getByTestId('details-toggle').click();
  await expect(pane.getByTestId('details')).toContainText('gold');
  await expect(pane.getByTestId('chat-tag')).toHaveText('blue things');
  await pane.getByTestId('note-new').fill('sent');
  await pane.getByTestId('note-add').click();
  await expect(pane.getByTestId('note')).toHaveText([/two/, /sent/]);
  await pane.getByTestId('note-remove').first().click();
  await expect(pane.getByTestId('note')).toHaveText([/sent/]);
  await expect(pane.getByTestId('note-new')).toBeFocused();
  await pane.getByTestId('tag-remove').click();
  await expect(pane.getByTestId('chat-tag')).toHaveCount(0);

  const saved = async (format: string) => {
    const coming = page.waitForEvent('download');
    await page.getByTestId(`save-${format}`).click();
    const download = await coming;
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  };
  const text = await saved('text');
  expect(text.name).toMatch(/\.txt$/);
  expect(text.text).toContain('Ada: Is the blue one there?');
  const csv = await saved('csv');
  expect(csv.name).toMatch(/\.csv$/);
  expect(csv.text.split('\n')[0]).toContain('"created","sender","role","name","type","message"');
  const json = await saved('json');
  expect(json.name).toMatch(/\.json$/);
  expect(JSON.parse(json.text).history).toHaveLength(3);
});

test('a chat that is closed while the list is shown comes into it', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const visitors = [];
  for (const name of ['Ada', 'Bo']) {
    const visitor = await restVisitor(server.url, { name });
    await visitor.search();
    await agent.accept(name);
    await expect(agent.chats.filter({ hasText: name })).toBeVisible();
    visitors.push(visitor);
  }
  await agent.list('closed');
  const closed = agent.page.getByTestId('closed-chat');
  await expect(agent.page.getByText('No closed chats yet.')).toBeVisible();
  for (const visitor of visitors) await visitor.close();
  await expect(closed).toHaveText([/Bo/, /Ada/], { timeout: 15_000 });
});

test('closed chats come page by page, the newest first, without one twice', async ({ people, server, wire }) => {
  const agent = await people.agent('agent1');
  const player = await wire.agent('agent1');
  await player.request('agents:available', { available: false });
  for (let i = 1; i <= 30; i++) {
    const visitor = await restVisitor(server.url, { name: `Visitor ${i}` });
    await player.request('chats:join', { chatId: visitor.chatId });
    await visitor.close();
  }
  await agent.list('closed');
  const closed = agent.page.getByTestId('closed-chat');
  await expect(closed).toHaveCount(25);
  await expect(closed.first()).toContainText('Visitor 30');
  await agent.page.getByTestId('closed-more').click();
  await expect(closed).toHaveCount(30);
  await expect(closed.last()).toContainText('Visitor 1');
  await expect(closed.nth(25)).toBeFocused();
  await expect(agent.page.getByTestId('closed-more')).toHaveCount(0);

  const { page } = agent;
  await page.getByTestId('search-open').press('Enter');
  await page.getByTestId('search-name').fill('visitor 7');
  await page.keyboard.press('Enter');
  await expect(closed).toHaveText([/Visitor 7/]);
  await expect(page.getByTestId('search-looked')).toContainText('30');
  await page.getByTestId('search-name').fill('');
  await page.getByTestId('search-words').fill('never said');
  await page.getByTestId('search-go').click();
  await expect(page.getByText('No closed chat fits.')).toBeVisible();
  await page.getByTestId('search-clear').click();
  await expect(closed).toHaveCount(25);
  await expect(page.getByTestId('search-open')).toBeFocused();

  // Supervisors, who see the chats of all, look for those of one agent.
  await expect(page.getByTestId('search-agentId')).toHaveCount(0);
  const lead = await people.agent('lead');
  const theirs = lead.page.getByTestId('closed-chat');
  await lead.list('closed');
  await lead.page.getByTestId('search-open').press('Enter');
  await lead.page.getByTestId('search-agentId').selectOption({ label: 'Agent 2' });
  await lead.page.getByTestId('search-go').click();
  await expect(lead.page.getByText('No closed chat fits.')).toBeVisible();
  await lead.page.getByTestId('search-agentId').selectOption({ label: 'Agent 1' });
  await lead.page.getByTestId('search-go').click();
  await expect(theirs).toHaveCount(25);
});
