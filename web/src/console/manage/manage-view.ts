// What supervisors manage: pages with a menu of their own, in place of the chats. They are loaded when they are first shown.

import { html } from 'lit';
import './agents-view';
import './audit-view';
import './figures-view';
import { ConsoleElement, ModelController } from '../console-element';
import { focusIn } from '../focus';
import { backIcon } from '../icons';
import type { Workspace } from '../model/workspace';
import { say } from '../texts';
import style from './manage.css';

const sheet = new CSSStyleSheet();
sheet.replaceSync(style);
document.adoptedStyleSheets.push(sheet);

const pages = { figures: 'manage.now', agents: 'agents', audit: 'manage.audit' } as const;
type Page = keyof typeof pages;

class ManageView extends ConsoleElement {
  static override properties = { workspace: { attribute: false }, shown: { state: true } };
  declare workspace: Workspace;
  declare private shown: Page;

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
          ${this.page()}
        </section>
      </main>
    `;
  }

  protected override firstUpdated(): void {
    void focusIn(this, 'h1');
  }

  private page() {
    switch (this.shown) {
      case 'figures':
        return html`<console-figures></console-figures>`;
      case 'agents':
        return html`<console-agents .workspace=${this.workspace}></console-agents>`;
      case 'audit':
        return html`<console-audit></console-audit>`;
    }
  }

  private show(page: Page): void {
    this.shown = page;
  }
}

customElements.define('console-manage', ManageView);
