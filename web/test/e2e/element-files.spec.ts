// Files that a visitor sends: several at once, how far each is, given up on the way, and from a phone's camera.
import { needs } from './support/engine.ts';
import { expect, test } from './support/fixtures.ts';
import { png } from './support/png.ts';
import { usable } from './support/usable.ts';

test('several files move at once; one that is given up disappears, and only the others arrive', async ({ people, guard }) => {
  needs('blobs');
  guard.allow(/ERR_ABORTED/);
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const { page } = visitor;
  await visitor.start('Ada');
  await agent.accept();
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route('**/v1/media', async (route) => {
    await held;
    await route.continue().catch(() => {}); // one of them is given up
  });
  const names = ['one.txt', 'two.png', 'three.txt', 'four.txt', 'five.txt'];
  await visitor.attach(
    ...names.map((name) =>
      name.endsWith('png') ? { name, mimeType: 'image/png', buffer: png() } : { name, mimeType: 'text/plain', buffer: Buffer.from(name) },
    ),
  );
  for (const name of names) await expect(visitor.message(name).getByRole('progressbar', { name: 'Sending' })).toBeVisible();
  const cancel = (name: string) => visitor.message(name).getByRole('button', { name: `Stop sending ${name}` });
  const box = (await cancel('two.png').boundingBox())!;
  expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(24);
  await usable(page);
  // On its way, by the keyboard; and waiting for its turn: three move at a time.
  await cancel('two.png').focus();
  await page.keyboard.press('Enter');
  await expect(visitor.message('two.png')).toHaveCount(0);
  await expect(page.getByTestId('chat-input')).toBeFocused();
  await cancel('five.txt').click();
  await expect(visitor.message('five.txt')).toHaveCount(0);
  go();
  for (const name of ['one.txt', 'three.txt', 'four.txt']) {
    await expect(visitor.message(name)).toHaveAttribute('data-status', /sent|read/);
    await expect(visitor.message(name).getByTestId('upload-cancel')).toHaveCount(0);
    await expect(agent.message(name)).toHaveCount(1);
  }
  await visitor.say('that was all');
  await agent.sees('that was all');
  expect(
    await agent
      .message('')
      .filter({ hasText: /two\.png|five\.txt/ })
      .count(),
  ).toBe(0);
});

test('a file whose message comes before its upload is answered stands in the chat once', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const { page } = visitor;
  await visitor.start('Ada');
  await agent.accept();
  const answers: (() => void)[] = [];
  await page.route('**/v1/media', async (route) => {
    const response = await route.fetch();
    await new Promise<void>((resolve) => answers.push(resolve));
    await route.fulfill({ response });
  });
  await visitor.attach(...['a.txt', 'b.txt'].map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from('text') })));
  for (const name of ['a.txt', 'b.txt']) await expect(agent.message(name)).toHaveCount(1);
  await expect.poll(() => answers.length).toBe(2);
  answers[0]!(); // the window then looks through the history, which has both
  for (const name of ['a.txt', 'b.txt']) await expect(visitor.message(name)).toHaveAttribute('data-status', /sent|read/);
  answers[1]!();
  await visitor.say('that was all');
  await agent.sees('that was all');
  for (const name of ['a.txt', 'b.txt']) await expect(visitor.message(name)).toHaveCount(1);
});

test('a phone takes a photo, and a computer has no button for it', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 780 } });
  const { page } = visitor;
  await visitor.start('Ada');
  await agent.accept();
  const camera = page.getByRole('button', { name: 'Take a photo' });
  await expect(camera).toBeVisible();
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), camera.click()]);
  expect(await chooser.element().evaluate((input: any) => [input.getAttribute('capture'), input.getAttribute('accept')])).toEqual([
    'environment',
    'image/*',
  ]);
  await chooser.setFiles({ name: 'image.jpg', mimeType: 'image/jpeg', buffer: png() });
  await expect(agent.message('image.jpg')).toHaveCount(1);
  await usable(page);

  const other = await people.visitor();
  await other.start('Grace');
  await expect(other.page.getByTestId('chat-attach')).toBeVisible();
  await expect(other.page.getByTestId('chat-camera')).toBeHidden();
});
