// How our pages look: each state in each look, what must hold of its layout, and a sheet with a picture of all.
import { writeFile } from 'node:fs/promises';
import { expect, type Page, type TestInfo, test } from '@playwright/test';
import { usable } from './usable.ts';

/** A way in which people see a page. */
export interface Look {
  name: string;
  width: number;
  height: number;
  dark?: boolean;
  /** The system's colours in place of the page's. */
  forced?: boolean;
  /** A language that is written from right to left. */
  arabic?: boolean;
  /** axe looks at it too, which takes longer than all else. Of the system's colours it knows nothing. */
  axe?: boolean;
}

const desk = { width: 1280, height: 800 };
// The last is what 1280 pixels are at a zoom of 400 % (WCAG 2.2, 1.4.10).
export const looks: Look[] = [
  { name: 'light', ...desk, axe: true },
  { name: 'dark', ...desk, dark: true },
  { name: 'forced colours', ...desk, forced: true },
  { name: 'right to left', ...desk, arabic: true },
  { name: 'phone', width: 412, height: 839 },
  { name: 'dark phone', width: 412, height: 839, dark: true, axe: true },
  { name: 'zoom', width: 320, height: 512 },
];

interface Picture {
  look: string;
  png: string;
}

/** The pictures of a test. */
export class Sheet {
  private readonly rows = new Map<string, Picture[]>();

  /** `speak` has the page speak a language. */
  constructor(
    private readonly page: Page,
    private readonly speak?: (lang: string) => Promise<void>,
  ) {}

  /** Sees the page's state in each look, and holds that everybody can use it there. */
  async see(state: string): Promise<void> {
    const { page } = this;
    const pictures: Picture[] = [];
    this.rows.set(state, pictures);
    for (const look of looks) {
      if (look.arabic && !this.speak) continue;
      await test.step(`${state}, ${look.name}`, async () => {
        await page.setViewportSize(look);
        await page.emulateMedia({
          colorScheme: look.dark ? 'dark' : 'light',
          forcedColors: look.forced ? 'active' : 'none',
          reducedMotion: 'reduce',
        });
        await this.speak?.(look.arabic ? 'ar' : 'en');
        if (look.axe) await usable(page);
        expect(await outOfPlace(page), `${state}, ${look.name}`).toEqual([]);
        const png = await page.screenshot({ animations: 'disabled' });
        pictures.push({ look: look.name, png: png.toString('base64') });
      });
    }
    await this.speak?.('en');
  }

  /** Puts all pictures on one sheet, a row for each state. */
  async keep(info: TestInfo, name: string): Promise<void> {
    const cell = ({ look, png }: Picture) => `<td><img src="data:image/png;base64,${png}" alt=""><br>${look}</td>`;
    const row = ([state, pictures]: [string, Picture[]]) => `<tr><th>${state}</th>${pictures.map(cell).join('')}</tr>`;
    const style = 'body { font: 14px sans-serif } td { padding: 4px; vertical-align: top } img { height: 260px }';
    const sheet = await this.page.context().newPage();
    await sheet.setViewportSize({ width: 2000, height: 1000 });
    await sheet.setContent(`<title>${name}</title><style>${style}</style><table>${[...this.rows].map(row).join('')}</table>`);
    const path = info.outputPath(`${name}.png`);
    await writeFile(path, await sheet.screenshot({ fullPage: true }));
    await info.attach(name, { path, contentType: 'image/png' });
    await sheet.close();
  }
}

// In CSS pixels: the least size of what is pressed (WCAG 2.2, 2.5.8), and what rounding may cost.
const target = 24;
const rounding = 1;

// What stands out of the window, or is cut off, or is too small to be pressed; with what it is in, where that can be scrolled.
function outOfPlace(page: Page): Promise<string[]> {
  return page.evaluate(
    ({ target, rounding }) => {
      const all = (root: ParentNode): Element[] =>
        [...root.querySelectorAll('*')].flatMap((element) => [element, ...(element.shadowRoot ? all(element.shadowRoot) : [])]);
      const wrong = (element: Element): string[] => {
        const { left, right, width, height } = element.getBoundingClientRect();
        // What only screen readers get is one pixel large, and cut.
        if (Math.min(width, height) <= 1 || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return [];
        const { overflowX, textOverflow } = getComputedStyle(element);
        const cut = /hidden|clip/.test(overflowX) && textOverflow !== 'ellipsis' && element.scrollWidth - element.clientWidth > rounding;
        // What is ticked is as large as its label. A link in a text is as high as the text.
        const { width: wide, height: high } = (element.closest('label') ?? element).getBoundingClientRect();
        // A table of figures may be scrolled by itself (WCAG 2.2, 1.4.10), by keyboard too.
        const scrolled = element.closest('[role=region][tabindex="0"] > table') !== null;
        const pressed = element.matches('button, input, textarea, select, summary, [role=button], [role=tab], [role=option]');
        return [
          ...(!scrolled && (left < -rounding || right > innerWidth + rounding) ? [`from ${left} to ${right} of ${innerWidth}`] : []),
          ...(cut ? [`${element.scrollWidth} wide in ${element.clientWidth}`] : []),
          ...(pressed && Math.min(wide, high) < target - rounding ? [`${wide} x ${high} to press`] : []),
        ].map((what) => `${element.localName} "${(element.textContent ?? '').trim().slice(0, 30)}": ${what}`);
      };
      return all(document.body).flatMap(wrong);
    },
    { target, rounding },
  );
}
