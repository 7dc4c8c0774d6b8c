// A flood of chats in the console: the customer in it is found, the rest is closed, and who floods is blocked.
import type { Page } from '@playwright/test';
import { restVisitor } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

/** Keeps pictures for who looks at the pages. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PARLEY_PICTURES;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

test('the customer behind a flood of chats is found, and the flood is closed at once', async ({ people, server }) => {
  test.slow();
  const size = 104;
  for (let from = 0; from < size; from += 8) {
    await Promise.all(Array.from({ length: 8 }, (_, n) => restVisitor(server.url, { name: `Bot ${from + n}` })));
  }
  const ada = await restVisitor(server.url, { name: 'Ada Lovelace' }, { room: '1', lang: 'de' });
  await ada.say('I need help');

  const agent = await people.agent('agent1');
  const { page } = agent;
  await agent.list('waiting');
  await expect(page.getByRole('tab', { name: 'Waiting' })).toContainText(String(size + 1));
  await expect(agent.waiting).toHaveCount(100);
  await expect(agent.waiting.filter({ hasText: 'Ada' })).toHaveCount(0);
  await page.getByTestId('live-more').focus();
  await page.keyboard.press('Enter');
  await expect(agent.waiting).toHaveCount(size + 1);
  await expect(agent.waiting.nth(100).getByTestId('listed-take')).toBeFocused();
  await expect(page.getByTestId('live-more')).toHaveCount(0);

  await page.getByTestId('waiting-name').fill('lovelace');
  await expect(agent.waiting).toHaveCount(1);
  await expect(page.getByText(`${size + 1} waiting, 1 found`)).toBeAttached();
  await page.getByTestId('waiting-name').fill('nobody');
  await expect(page.getByText('No chat that waits is like that.')).toBeVisible();
  await page.getByTestId('waiting-name').fill('');
  await page.getByTestId('waiting-wrote').selectOption('Have written');
  await expect(agent.waiting).toHaveText([/Ada/]);

  await page.getByTestId('waiting-wrote').selectOption('Have not written');
  await expect(agent.waiting).toHaveCount(100);
  await page.getByTestId('waiting-all').check();
  await picture(page, 'flood-chosen');
  await agent.waiting.first().getByTestId('listed-choose').uncheck();
  await expect(page.getByTestId('waiting-close')).toHaveText('Close 99 chats…');
  await page.getByTestId('waiting-close').press('Enter');
  await expect(page.getByRole('button', { name: 'Keep' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('waiting-close')).toBeFocused();
  await page.getByTestId('waiting-close').press('Enter');
  await page.getByTestId('waiting-close-confirm').press('Enter');
  await expect(agent.waiting).toHaveCount(size - 99);
  await expect(page.getByTestId('waiting-name')).toBeFocused();
  await page.getByTestId('waiting-all').press('Space');
  await page.getByTestId('waiting-close').click();
  await page.getByTestId('waiting-close-confirm').click();
  await expect(agent.waiting).toHaveCount(0);
  await page.getByTestId('waiting-wrote').selectOption('All visitors');
  await expect(agent.waiting).toHaveText([/Ada/]);
});

test('a visitor is blocked, cannot come back, and is let in again', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  const { page } = agent;
  const visitor = await restVisitor(server.url, { name: 'Mallory' });
  await visitor.search();
  await agent.accept();
  await visitor.say('Buy pills');
  await page.getByTestId('details-toggle').click();
  const block = async () => {
    await page.getByTestId('chat-block').click();
    await expect(page.getByTestId('block-time')).toBeFocused();
  };
  await block();
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('block-dialog')).toHaveCount(0);
  await block();
  await expect(page.getByTestId('block-dialog')).toHaveAccessibleName(/Block .*Mallory/);
  await page.getByTestId('block-time').selectOption('1 week');
  await page.getByTestId('block-reason').fill('Sells pills');
  await picture(page, 'block');
  await page.emulateMedia({ colorScheme: 'dark' });
  await picture(page, 'block-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByTestId('block-reason').press('Enter');
  await expect(page.getByTestId('block-dialog')).toHaveCount(0);
  await expect(agent.pane()).toContainText('You closed the chat.');
  await expect(visitor.ask('POST', '/chats', { room: '1' })).rejects.toThrow('you cannot write here at present');

  await block();
  const listed = page.getByTestId('block');
  await expect(listed).toContainText(/Mallory.*until .* by .*Agent 1.* Sells pills/);
  await picture(page, 'blocked');
  await listed.getByRole('button', { name: 'Lift the block of' }).click();
  await expect(listed).toHaveCount(0);
  await expect(page.getByTestId('block-time')).toBeFocused();
  await page.keyboard.press('Escape');
  await visitor.ask('POST', '/chats', { room: '1' });
});

test('on a phone and in the dark, the tools of the waiting list have their place', async ({ people, server }) => {
  const agent = await people.agent('agent1');
  await restVisitor(server.url, { name: 'Ada' });
  await restVisitor(server.url, { name: 'A visitor with a name that is longer than a phone is wide, by far' });
  await agent.page.setViewportSize({ width: 320, height: 640 });
  await agent.page.emulateMedia({ colorScheme: 'dark' });
  await agent.list('waiting');
  await agent.page.getByTestId('waiting-all').check();
  await agent.page.getByTestId('waiting-close').click();
  await picture(agent.page, 'waiting-phone');
  const beyond = await agent.page.locator('.listed').evaluate((list) => list.scrollWidth - list.clientWidth);
  expect(beyond).toBeLessThanOrEqual(0);
});
