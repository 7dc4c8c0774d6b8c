// The picture of an agent beside their name, initials where there is none, and what the window does without the file that shows pictures.
import { expect, test } from './support/fixtures.ts';
import { png } from './support/png.ts';
import { usable } from './support/usable.ts';

test('an agent chooses a picture, which visitors see beside the name until it is removed', async ({ people, guard }) => {
  const agent = await people.agent('agent1');
  const portrait = agent.page.getByTestId('portrait');
  await agent.page.getByTestId('account').click();
  await agent.page.getByTestId('portrait-file').setInputFiles({ name: 'no picture.png', mimeType: 'image/png', buffer: Buffer.from('MZ') });
  await expect(portrait.getByRole('alert')).toHaveText('The picture cannot be shown.');
  await expect(portrait.getByTestId('avatar')).toHaveText('A');
  await agent.page.getByTestId('portrait-file').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: png(600, 300) });
  await expect(portrait.getByRole('status')).toHaveText('The picture is changed.');
  await expect(portrait.getByTestId('avatar').locator('img')).toHaveCount(1);
  await agent.page.keyboard.press('Escape');

  const visitor = await people.visitor();
  const { page } = visitor;
  await visitor.start('Ada');
  await agent.accept();
  const head = page.getByRole('dialog').locator('.faces').getByTestId('avatar');
  await expect(head.locator('img')).toHaveJSProperty('naturalWidth', 128);
  await expect(head).toHaveAttribute('aria-hidden', 'true');
  await agent.say('Good day');
  await agent.say('One moment please');
  await expect(visitor.message('Good day').getByTestId('avatar').locator('img')).toHaveCount(1);
  await expect(visitor.message('One moment please'), 'of one run').toBeVisible();
  await expect(visitor.message('One moment please').getByTestId('avatar')).toHaveCount(0);

  // Removed, it is gone for all who see the chat anew.
  await agent.page.getByTestId('account').click();
  await agent.page.getByTestId('portrait-remove').click();
  await expect(portrait.getByTestId('avatar').locator('img')).toHaveCount(0);
  await expect(agent.page.getByTestId('portrait-choose')).toBeFocused();
  await agent.page.keyboard.press('Escape');
  guard.allow(/404 \(Not Found\) \(\S*\/pictures\//);
  await page.context().route('**/v1/apps/*/pictures/*', (route) => route.continue({ headers: { 'cache-control': 'no-cache' } })); // another browser than that which has it
  await page.reload();
  await expect(head).toHaveText('A');
  await expect(visitor.message('Good day').getByTestId('avatar')).toHaveText('A');
  await expect(page.getByTestId('avatar').locator('img')).toHaveCount(0);

  // What shows pictures, records and lists earlier chats cannot be loaded: it is said, and the chat goes on.
  guard.allow(/extras\.\w+\.js|net::ERR_FAILED/);
  let [asked, fail] = [0, Number.POSITIVE_INFINITY];
  await page.route('**/extras.*.js', (route) => (asked++ < fail ? route.abort() : route.continue()));
  await page.reload();
  await agent.attach({ name: 'plan.png', mimeType: 'image/png', buffer: png() });
  const line = visitor.message('plan.png');
  await expect(line.getByRole('alert')).toContainText('could not be loaded');
  await expect(line.getByTestId('media-save')).toBeEnabled();
  await page.getByTestId('chat-voice').click();
  await expect(page.getByTestId('chat-problem')).toContainText('could not be loaded');
  await visitor.say('still here');
  await agent.sees('still here');
  await visitor.close();
  const over = page.locator('.over');
  await expect(over.getByRole('alert'), 'instead of the survey').toContainText('could not be loaded');
  await usable(page);
  [asked, fail] = [0, 1];
  await page.getByTestId('chat-survey-again').press('Enter');
  await expect(page.getByTestId('chat-survey')).toBeFocused();
  await expect(over.getByRole('alert')).toHaveCount(0);
  expect(asked, 'tried again by itself').toBe(2);
});
