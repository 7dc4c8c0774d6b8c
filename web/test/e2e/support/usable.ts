// That everybody can use a page.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';

/** Holds that axe has no serious finding, frames included, and that there is nothing to scroll sideways, also within a dialog. */
export async function usable(page: Page): Promise<void> {
  await painted(page);
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
  await fits(page);
}

/**
 * Looks at what is shown at some widths, those of a phone and a desk if none are given, in both schemes. axe, which takes longer
 * than all else, looks at a dark phone and a light desk: each scheme's colours and each width's elements once.
 */
export async function usableEverywhere(page: Page, ...at: number[]): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of at.length > 0 ? at : widths) {
      await page.setViewportSize({ width, height: 720 });
      const whole = (colorScheme === 'dark') === (width === widths[0]);
      await test.step(`${colorScheme}, ${width} px`, () => (whole ? usable(page) : fits(page)));
    }
  }
}

/** What a phone and a desk are wide. */
export const widths = [320, 1280];

async function fits(page: Page): Promise<void> {
  const overflow = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('dialog[open]')].map(
      ({ scrollWidth, clientWidth }) => scrollWidth - clientWidth,
    ),
  );
  expect(Math.max(...overflow), 'pixels to scroll sideways').toBeLessThanOrEqual(0);
}

// A page that fades something in, or has not been painted since its colours changed, has colours that nobody gets to see.
async function painted(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)));
    const ending = document.getAnimations().filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime));
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });
}
