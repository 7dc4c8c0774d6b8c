// What supervisors manage: pages with a menu of their own, in place of the chats. They are loaded when they are first shown.

import { html, nothing } from 'lit';
import './agents-view';
import './audit-view';
import './figures-view';
import './rooms-view';
import './settings-view';
import { ConsoleElement, ModelController } from '../console-element';
import { focusIn } from '../focus';
import { backIcon } from '../icons';
import { askBeforeUnload, unsaved } from '../model/unsaved';
import type { Workspace } from '../model/workspace';
import { say } from '../texts';
import style from './manage.css';
import settingsStyle from './settings/settings.css';

const sheet = new CSSStyleSheet();
sheet.replaceSync(style + settingsStyle);
document.adoptedStyleSheets.push(sheet);

const pages = { figures: 'manage.now', agents: 'agents', rooms: 'rooms', settings: 'audit.settings', audit: 'manage.audit' } as const;
type Page = keyof typeof pages;

class ManageView extends ConsoleElement {
  static override properties = { workspace: { attribute: false }, shown: { state: true }, next: { state: true } };
  declare workspace: Workspace;
  declare private shown: Page;
  /** The page that is wanted, while it is asked what becomes of changes that are not saved. */
  declare private next: Page | undefined;

  constructor() {
    super();
    this.shown = 'figures';
    new ModelController(this, () => this.workspace);
  }

  protected override render() {
    return html`
      <main class="manage">
        <nav class="manage-menu" aria-label=${say('manage')}>
          <button class="button plain" data-testid="manage-back" @click=${() => this.workspace.manage(false)}>${backIcon}${say('chats')}</button>
          ${(Object.keys(pages) as Page[]).map(
            (page) => html`<button class="manage-link" data-testid="manage-${page}" aria-current=${this.shown === page ? 'page' : 'false'}
              @click=${() => this.show(page)}>${say(pages[page])}</button>`,
          )}
        </nav>
        <section class="manage-page" aria-labelledby="manage-title">
          <h1 id="manage-title" tabindex="-1">${say(pages[this.shown])}</h1>
          ${this.next ? this.question() : nothing}
          ${this.page()}
        </section>
      </main>
    `;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('beforeunload', askBeforeUnload);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener('beforeunload', askBeforeUnload);
  }

  protected override firstUpdated(): void {
    void focusIn(this, 'h1');
  }

  private question() {
    return html`
      <div class="error" role="group" aria-labelledby="unsaved" data-testid="unsaved">
        <p id="unsaved">${say('set.unsaved')}</p>
        <div class="acts">
          <button class="button small" data-testid="unsaved-stay" @click=${this.stay}>${say('set.stay')}</button>
          <button class="button small danger" data-testid="unsaved-discard" @click=${this.discard}>${say('set.discard')}</button>
        </div>
      </div>
    `;
  }

  private page() {
    switch (this.shown) {
      case 'figures':
        return html`<console-figures></console-figures>`;
      case 'agents':
        return html`<console-agents .workspace=${this.workspace}></console-agents>`;
      case 'rooms':
        return html`<console-rooms .workspace=${this.workspace}></console-rooms>`;
      case 'settings':
        return html`<console-settings .workspace=${this.workspace}></console-settings>`;
      case 'audit':
        return html`<console-audit></console-audit>`;
    }
  }

  /** Shows a page, after a question if changes would be lost. */
  private show(page: Page): void {
    if (page === this.shown) return;
    if (unsaved.size > 0) {
      this.next = page;
      void focusIn(this, '[data-testid="unsaved-stay"]');
      return;
    }
    this.shown = page;
  }

  private stay(): void {
    this.next = undefined;
    void focusIn(this, 'h1');
  }

  private discard(): void {
    this.shown = this.next!;
    this.next = undefined;
    void focusIn(this, 'h1');
  }
}

customElements.define('console-manage', ManageView);
