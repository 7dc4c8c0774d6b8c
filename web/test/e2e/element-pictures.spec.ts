// Pictures in the window: a place that does not change when they come, and a look at each in full, by the keyboard too.
import { saved } from './support/files.ts';
import { expect, test } from './support/fixtures.ts';
import { bitmap, png } from './support/png.ts';
import { usable } from './support/usable.ts';

const picture = (name: string, width: number, height: number) => ({ name, mimeType: 'image/png', buffer: png(width, height) });

test('a picture moves nothing when it comes, and is looked at in full with the keyboard alone', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const { page } = visitor;
  await visitor.start('Ada');
  await agent.accept();
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route('**/v1/media/*', async (route) => {
    await held;
    await route.continue();
  });
  await agent.attach(picture('wide.png', 1600, 300), picture('tall.png', 200, 900));
  // By name: which of two files is there first is not known.
  const wide = page.getByRole('button', { name: 'Enlarge wide.png' });
  await expect(page.getByTestId('picture')).toHaveCount(2);
  await expect(wide).toBeDisabled();
  const sizes = () =>
    page.getByTestId('chat-message').evaluateAll((lines) => lines.map((line) => [line.clientWidth, line.clientHeight].join()));
  const before = await sizes();
  go();
  await expect(page.getByTestId('picture').locator('img')).toHaveCount(2);
  expect(await sizes(), 'sizes of the bubbles').toEqual(before);
  await expect(wide).toBeEnabled();
  await usable(page);

  await wide.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Picture wide.png' });
  await expect(dialog).toBeVisible();
  await expect(page.getByTestId('lightbox-close')).toBeFocused();
  await usable(page);
  const image = dialog.getByRole('img', { name: 'wide.png' });
  const shown = () => image.evaluate((one) => one.getBoundingClientRect().width);
  const width = page.viewportSize()!.width;
  expect(await shown()).toBeLessThanOrEqual(width);
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await expect(page.getByRole('button', { name: 'Original size', pressed: false })).toBeFocused();
  await page.keyboard.press('Space');
  await expect(page.getByRole('button', { name: 'Original size', pressed: true })).toBeFocused();
  expect(await shown()).toBe(1600);
  expect(await saved(page, () => page.getByTestId('lightbox-download').click())).toEqual({ name: 'wide.png', content: png(1600, 300) });
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  await expect(wide).toBeFocused();
  await expect(page.getByTestId('chat-input')).toBeVisible();

  await page.getByRole('button', { name: 'Enlarge tall.png' }).click();
  await expect(page.getByRole('dialog', { name: 'Picture tall.png' })).toBeVisible();
  await page.getByTestId('lightbox-close').click();
  // The session's end takes the way to the files, not the pictures that are there.
  await visitor.close();
  await wide.click();
  await expect(dialog.getByRole('img')).toBeVisible();
});

test('a picture of 20,000 by 20,000 pixels is a file, and the page goes on', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await agent.accept();
  const buffer = bitmap(20_000, 20_000);
  await agent.attach({ name: 'huge.png', mimeType: 'image/png', buffer });
  const line = visitor.message('huge.png');
  await expect(line.getByRole('alert')).toHaveText('The picture has 20,000 × 20,000 pixels, which are too many to be shown here.');
  await expect(line.locator('img')).toHaveCount(0);
  expect(await saved(visitor.page, () => line.getByTestId('media-save').click())).toEqual({ name: 'huge.png', content: buffer });
  await visitor.say('still here');
  await agent.sees('still here');
});
