// The demo's chat window where the browser denies the page its storage.
import { expect, test } from './support/fixtures.ts';
import { Visitor } from './support/pages.ts';
import { hide, hideable, notes, soundCounter } from './support/sight.ts';

test('a page without storage opens, minimises and goes on with its chat', async ({ people, newContext }) => {
  const agent = await people.agent('agent1');
  const context = await newContext();
  await context.addInitScript(() => {
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
      Object.defineProperty(window, name, {
        configurable: true, // the script may run again where a page takes the place of an empty one
        get() {
          throw new DOMException('Access is denied for this document.', 'SecurityError');
        },
      });
    if (!('locks' in navigator)) return; // not a page yet
    LockManager.prototype.request = () => Promise.reject(new DOMException('Access is denied.', 'SecurityError'));
  });
  await soundCounter(context);
  await hideable(context);
  const visitor = new Visitor(await context.newPage());
  await visitor.visit();
  const { page } = visitor;
  await expect(
    page.evaluate(() => localStorage),
    'what the page is denied',
  ).rejects.toThrow('Access is denied');
  await expect(page.evaluate(() => navigator.locks.request('any', () => {}))).rejects.toThrow('Access is denied');
  await visitor.start('Ada');
  await agent.accept();
  await visitor.say('is it in stock?');
  await expect(visitor.message('is it in stock?')).toHaveAttribute('data-status', /sent|read/);
  const lost = page.getByTestId('chat-problem').filter({ hasText: 'unsent ones are lost' });
  await expect(lost, 'what is lost').toBeVisible();
  const speak = (lang: string) => page.locator('parley-chat').evaluate((chat: HTMLElement, lang) => void (chat.lang = lang), lang);
  await speak('de');
  await expect(page.getByTestId('chat-problem')).toHaveText(/Was noch nicht gesendet ist, geht verloren/);
  await speak('en');
  await page.getByTestId('chat-minimise').click();
  await expect(page.getByTestId('chat-open')).toBeFocused();
  await page.getByTestId('chat-open').click();
  await expect(page.getByTestId('chat-input')).toBeFocused();
  await expect(page.getByTestId('chat-problem'), 'is said once').toBeEmpty();

  const sound = page.getByRole('switch', { name: 'Sound for new messages' });
  await sound.click();
  await expect(sound).toBeChecked();
  await hide(page, true);
  await agent.say('two are left');
  await expect.poll(() => notes(page), 'a sample, then one for the message').toBe(4);
  await hide(page, false);

  await page.reload();
  await visitor.sees('is it in stock?');
  await expect(page.getByTestId('chat-input')).toBeFocused();
  await visitor.close();
  await expect(visitor.state).toHaveText('This chat has ended');
});
