// The workspace: header, connection, the lists at the side, and the open chats side by side, or an archived one.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import './chat-view';
import './connection-banner';
import './workspace-header';
import './help-dialog';
import './archived-view';
import './side-view';
import type { Saying } from '../ui/element';
import { ConsoleElement, ModelController } from './console-element';
import { Alerts } from './model/alerts';
import { unsaved } from './model/unsaved';
import type { Workspace } from './model/workspace';
import { shortcut } from './shortcuts';
import { errorSaying, said, say } from './texts';

/** On a narrow screen a chat takes the whole width. */
const phone = matchMedia('(max-width: 719px)');
const paneWidth = 400;

class WorkspaceView extends ConsoleElement {
  static override properties = { workspace: { attribute: false }, helping: { state: true }, pages: { state: true } };
  declare workspace: Workspace;
  /** The shortcuts are shown. */
  declare private helping: boolean;
  /** The supervisor's pages are there, or why not. They are loaded when they are first shown. */
  declare private pages: boolean | Saying;
  private alerts: Alerts | undefined;
  private readonly sizes = new ResizeObserver(() => this.fit());

  constructor() {
    super();
    this.helping = this.pages = false;
    new ModelController(this, () => this.workspace);
    new ModelController(this, () => this.workspace.invitations);
    new ModelController(this, () => this.workspace.duty);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.key);
    this.sizes.disconnect();
  }

  protected override firstUpdated(): void {
    this.sizes.observe(this.querySelector('.workspace-body')!);
  }

  protected override render() {
    const { workspace } = this;
    this.alerts ??= new Alerts(workspace);
    // A phone shows one thing alone. It is known at any width, so that a chat is not hidden, and keeps the focus, as the window narrows.
    const one = workspace.focused ?? workspace.archived;
    return html`
      <div class="workspace ${one ? 'one-chat' : ''}">
        <console-header .workspace=${workspace} .alerts=${this.alerts} @help=${this.help}></console-header>
        <console-connection .connection=${workspace.connection}></console-connection>
        ${workspace.managing || unsaved.size > 0 ? this.manage() : nothing}
        <main class="workspace-body" ?hidden=${workspace.managing}>
          <h1 class="visually-hidden">${say('console')}</h1>
          <console-side .workspace=${workspace}></console-side>
          <div class="panes">
            ${repeat(
              workspace.shown,
              (one) => one.id,
              (one) => html`<console-chat .conversation=${one} .workspace=${workspace}></console-chat>`,
            )}
            ${workspace.archived ? html`<console-reading .archived=${workspace.archived} .workspace=${workspace}></console-reading>` : nothing}
            ${workspace.shown.length === 0 && !workspace.archived ? html`<p class="empty">${this.emptyText()}</p>` : nothing}
          </div>
        </main>
        ${this.helping ? html`<console-help @closed=${() => (this.helping = false)}></console-help>` : nothing}
      </div>
    `;
  }

  private manage() {
    const { pages } = this;
    if (pages === true) return html`<console-manage .workspace=${this.workspace} .hidden=${!this.workspace.managing}></console-manage>`;
    if (pages === false) void this.load();
    return html`<main class="empty">
      <p role="status">${pages ? said(pages) : say('loading')}</p>
      ${pages ? html`<button class="button" @click=${this.load}>${say('retry')}</button>` : nothing}
      <button class="button" @click=${() => this.workspace.manage(false)}>${say('manage.back')}</button>
    </main>`;
  }

  private async load(): Promise<void> {
    try {
      await import('./manage/manage-view');
      this.pages = true;
    } catch (error) {
      this.pages = () => say('manage.failed', { reason: errorSaying(error) });
    }
  }

  protected override updated(): void {
    const waiting = this.workspace.unread + this.workspace.invitations.list.length;
    document.title = waiting > 0 ? say('title.waiting', { n: waiting }) : say('title');
  }

  private emptyText(): string {
    if (this.workspace.conversations.length > 0) return say('empty.choose');
    if (this.workspace.duty.available) return say('empty.available');
    return say('empty.unavailable');
  }

  private readonly help = () => {
    this.helping = true;
  };

  private readonly key = (event: KeyboardEvent) => shortcut(event, this.workspace, this.help);

  private fit(): void {
    if (this.workspace.managing) return; // they have no width
    const width = this.querySelector('.panes')!.clientWidth;
    this.workspace.fit(phone.matches ? 1 : Math.max(1, Math.floor(width / paneWidth)));
    this.requestUpdate();
  }
}

customElements.define('console-workspace', WorkspaceView);
