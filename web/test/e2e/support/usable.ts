// That everybody can use a page.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** Holds that axe has no serious finding, frames included, and that there is nothing to scroll sideways, also within a dialog. */
export async function usable(page: Page): Promise<void> {
  // A page that fades something in, or has not been painted since its colours changed, has colours that nobody gets to see.
  await page.evaluate(async () => {
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    const ending = document.getAnimations().filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime));
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
  // One pass goes over the page and the frames of its own origin; over others it would not. Only findings are told in detail.
  const { origin } = new URL(page.url());
  expect(page.frames().map((frame) => new URL(frame.url(), origin).origin)).toEqual(page.frames().map(() => origin));
  const { violations } = await new AxeBuilder({ page })
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(
    serious.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}: ${nodes.map(({ html, any }) => `${html} (${any.map(({ message }) => message).join('; ')})`).join(' ')}`,
    ),
    'axe',
  ).toEqual([]);
  const overflow = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('dialog[open]')].map(
      ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth,
    ),
  );
  expect(Math.max(...overflow), 'pixels to scroll sideways').toBeLessThanOrEqual(0);
}
