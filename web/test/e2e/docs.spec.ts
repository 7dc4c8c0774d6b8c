// The documentation that the server has: every page is there and usable, and the search leads to them.
import { expect, test } from './support/fixtures.ts';
import { usable } from './support/usable.ts';

test('every page opens, every link leads somewhere, and none is wider than a phone', async ({ page, request, baseURL }) => {
  test.slow();
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto('/docs');
  expect(page.url()).toBe(`${baseURL}/docs/`);
  const pages = await page.locator('.menu a').evaluateAll((links) => links.map((link) => (link as HTMLAnchorElement).href));
  expect(pages.length).toBeGreaterThan(30);
  const links = new Set<string>();
  for (const address of pages) {
    await page.goto(address);
    await expect(page.locator('h1'), address).toHaveCount(1);
    await expect(page.locator('[aria-current=page]'), address).toHaveCount(1);
    const { wide, found } = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth - innerWidth,
      found: [...document.links].map(({ href }) => href.split('#')[0]!),
    }));
    expect(wide, `${address} is wider than the screen`).toBeLessThanOrEqual(0);
    for (const link of found) if (link.startsWith(baseURL!)) links.add(link);
  }
  for (const link of links) expect((await request.get(link)).status(), link).toBe(200);
});

test('the search finds sections by keyboard', async ({ page }) => {
  await page.goto('/docs/promise/');
  await page.keyboard.press('/');
  const search = page.getByRole('combobox', { name: 'Search the documentation' });
  await expect(search).toBeFocused();
  await search.fill('message-emp');
  await expect(page.getByRole('option').first()).toContainText('message-empty');
  await expect(search).toHaveAttribute('aria-activedescendant', 'result-0');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/docs\/errors\/#message-empty$/);
  await expect(page.locator('#message-empty')).toBeInViewport();
  await search.fill('xqzzyv');
  await expect(page.getByRole('status')).toHaveText('0 sections found');
  await expect(page.getByRole('listbox')).toBeHidden();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the pages can be used by everybody, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto('/docs/');
    await page.getByRole('combobox').fill('message');
    await expect(page.getByRole('option')).toHaveCount(8);
    await usable(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto('/docs/protocol/');
    await usable(page);
  });
}
