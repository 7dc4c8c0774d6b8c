// Where the window is: in a corner of the page, or over all of a phone's screen, where the page behind it is out of reach.

import { find } from './elements';

const phone = '(max-width: 519px)';

export class Panel {
  private readonly dialog: HTMLDialogElement;
  private readonly narrow = matchMedia(phone);
  /** What the page's root had, while the window covers it. */
  private overflow: string | undefined;

  constructor(
    private readonly root: ShadowRoot,
    end: AbortSignal,
  ) {
    this.dialog = find(root, 'chat');
    this.narrow.addEventListener('change', () => this.again(), { signal: end });
    // An on-screen keyboard takes from what is seen of the page, and not from its height.
    for (const event of ['resize', 'scroll'] as const) visualViewport?.addEventListener(event, () => this.fit(), { signal: end });
  }

  show(): void {
    const page = document.documentElement.style;
    if (this.narrow.matches) {
      this.overflow ??= page.overflow;
      page.overflow = 'hidden';
      this.dialog.showModal();
    } else this.dialog.show();
    this.fit();
  }

  close(): void {
    this.dialog.close();
    if (this.overflow !== undefined) document.documentElement.style.overflow = this.overflow;
    this.overflow = undefined;
  }

  /** Shows an open window as it must be now, with the focus where it was. */
  again(): void {
    if (!this.dialog.open) return;
    const focused = this.root.activeElement as HTMLElement | null;
    this.close();
    this.show();
    focused?.focus();
  }

  private fit(): void {
    const { style } = this.dialog;
    const view = this.overflow === undefined ? null : visualViewport;
    style.height = view ? `${view.height}px` : '';
    style.top = view ? `${view.offsetTop}px` : '';
  }
}
