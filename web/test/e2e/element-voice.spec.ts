// Voice messages: recorded, listened to, sent or thrown away.
import { expect, test } from './support/fixtures.ts';
import { Visitor } from './support/pages.ts';
import { toneForMicrophone } from './support/tone.ts';
import { usable } from './support/usable.ts';

test('a voice message is recorded, listened to, thrown away or sent; a microphone that is refused is said', async ({
  page,
  people,
  guard,
}) => {
  await toneForMicrophone(page);
  const agent = await people.agent('agent1');
  const visitor = await new Visitor(page).visit();
  await visitor.start('Ada');
  await agent.accept();
  const record = page.getByRole('button', { name: 'Record a voice message' });
  await record.click();
  await expect(page.getByTestId('voice-stop')).toBeFocused();
  await usable(page);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('voice-audio')).toBeVisible();
  await expect(page.getByTestId('voice-send')).toBeFocused();
  expect(await page.evaluate(() => (window as any).track.readyState), 'the microphone is let go').toBe('ended');
  await usable(page);
  await page.getByTestId('voice-discard').click();
  await expect(page.getByTestId('voice-audio')).toHaveCount(0);
  await expect(record).toBeFocused();
  await expect(visitor.message('Voice message')).toHaveCount(0);

  await record.click();
  await page.getByTestId('voice-stop').click();
  await page.getByTestId('voice-send').click();
  await expect(visitor.message('Voice message')).toHaveAttribute('data-status', /sent|read/);
  await agent.sees('Voice message');

  guard.allow(/Permission denied/);
  await page.evaluate(() => Object.assign(window, { refused: true }));
  await record.click();
  await expect(page.getByTestId('chat-problem')).toHaveText(/The microphone cannot be used/);
});
