// What may come to a window that nobody has foreseen: texts without a blank, signs that turn a line around, a flood of messages, a
// page that takes the element away, a language that is not there. Storage that is refused is in demo-storage.spec.ts.
import { fakeIn } from './support/fake.ts';
import { expect, test } from './support/fixtures.ts';
import { Visitor } from './support/pages.ts';

/** Turns what stands behind it around, and hides in a name. */
const turned = 'Grace\u2069\u202e\u200b\u2067';
const long = 'x'.repeat(10_000);

test('the window bears what comes, and stays usable', async ({ page }) => {
  await fakeIn(page, { agents: [{ name: 'Grace', nickname: turned }] });
  const visitor = await new Visitor(page).visit();
  const element = page.locator('parley-chat');
  await element.evaluate((chat: HTMLElement) => void (chat.lang = 'tlh'));
  await expect(page.getByTestId('chat-open'), 'a language without texts').toContainText('Chat');
  await visitor.start('Ada\u202e');
  await expect(visitor.state).toContainText('You are talking to');

  await visitor.say(long);
  await page.evaluate((long) => {
    window.fake.agent('Grace').say(long);
    window.fake.agent('Grace').say('\u202eabc\u2067 \u200b(1)');
  }, long);
  await visitor.sees('abc');
  await expect(visitor.messages.filter({ hasText: 'xxx' })).toHaveCount(2);
  const wide = await visitor.log.evaluate((log) => {
    const right = (one: Element) => one.getBoundingClientRect().right;
    const bubbles = [...log.querySelectorAll('.bubble')];
    return [log.scrollWidth - log.clientWidth, ...bubbles.filter((one) => right(one) > right(log) || one.scrollWidth > one.clientWidth)];
  });
  expect(wide, 'what is wider than the window').toEqual([0]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  // Each stands in a box of its own direction, or between signs that isolate it.
  const loose = await page.evaluate(() => {
    const root = document.querySelector('parley-chat')!.shadowRoot!;
    const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    while (texts.nextNode()) {
      const { data, parentElement } = texts.currentNode as Text;
      if (!data.includes('\u202e') || !parentElement?.checkVisibility()) continue;
      const isolated =
        /\u2068[^\u2069]*\u202e[^\u2069]*\u2069/.test(data) ||
        /isolate|plaintext/.test(getComputedStyle(parentElement.closest('[dir=auto], bdi') ?? parentElement).unicodeBidi);
      if (!isolated) found.push(`${parentElement.localName} ${data}`);
    }
    return found;
  });
  expect(loose, 'what turns its surroundings around').toEqual([]);

  await page.evaluate(() => {
    const region = document.querySelector('parley-chat')!.shadowRoot!.querySelector('#chat-announced')!;
    const announced: string[] = [];
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const one of addedNodes) announced.push(one.textContent!);
    }).observe(region, { childList: true });
    let asked = 0;
    const { getBoundingClientRect } = Element.prototype;
    Element.prototype.getBoundingClientRect = function () {
      asked++;
      return getBoundingClientRect.call(this);
    };
    Object.assign(window, { announced, asked: () => asked });
    for (let n = 0; n < 1000; n++) window.fake.agent('Grace').say(`flood ${n}`);
  });
  const flood = visitor.messages.filter({ hasText: /flood/ });
  await expect(flood).toHaveCount(1000);
  const numbers = await flood.locator('.bubble').allTextContents();
  expect(numbers).toEqual(Array.from({ length: 1000 }, (_, n) => `flood ${n}`));
  // Each is a layout of all that is there, which makes the page stand still.
  expect(await page.evaluate(() => (window as any).asked()), 'how often it was asked where something is').toBeLessThan(1000);
  const announced = () => page.evaluate(() => (window as any).announced as string[]);
  await expect.poll(async () => (await announced()).at(-1)).toMatch(/^[\d,]+ new messages$/);
  const said = (await announced()).filter((text) => text.includes('flood'));
  expect(said.length, 'read out of a thousand').toBeLessThan(200);
  expect(said, 'in their order').toEqual(numbers.flatMap((text) => said.filter((one) => one.endsWith(`: ${text}`))));

  // Taken away in the middle of a send, and put back.
  await page.evaluate(() => {
    const chat = document.querySelector('parley-chat') as any;
    void chat.sendMessage('on its way');
    chat.remove();
    Object.assign(window, { chat });
  });
  await page.evaluate(() => window.fake.expectMessage('on its way'));
  await page.evaluate(() => document.body.append((window as any).chat));
  await expect(visitor.message('on its way')).toHaveCount(1);
  await visitor.say('and on we go');
  await expect(visitor.message('and on we go')).toHaveAttribute('data-status', /sent|read/);
  await expect(flood).toHaveCount(1000);
});
