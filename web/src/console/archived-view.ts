// A closed chat: its messages, its details, and the formats in which it can be saved.

import { html, nothing } from 'lit';
import './details-view';
import './messages-view';
import { timeText } from '../ui/format';
import { ConsoleElement, ModelController } from './console-element';
import { focusIn } from './focus';
import { backIcon, detailsIcon } from './icons';
import type { ArchivedChat, Format } from './model/archived-chat';
import type { Workspace } from './model/workspace';

const formats: [Format, string][] = [
  ['text', 'Text'],
  ['csv', 'CSV'],
  ['json', 'JSON'],
];

class ArchivedView extends ConsoleElement {
  static override properties = { archived: { attribute: false }, workspace: { attribute: false }, detailed: { state: true } };
  declare archived: ArchivedChat;
  declare workspace: Workspace;
  declare private detailed: boolean;

  constructor() {
    super();
    this.detailed = false;
    new ModelController(this, () => this.archived);
  }

  protected override render() {
    const one = this.archived;
    return html`
      <section class="pane" data-testid="reading-pane" data-chat=${one.id} aria-labelledby="reading-title">
        <header class="pane-head">
          <button class="button plain icon narrow-only" aria-label="Back to the list" @click=${() => this.workspace.backToList()}>${backIcon}</button>
          <div class="pane-title">
            <h2 id="reading-title" dir="auto">${one.visitorName}</h2>
            <p class="quiet">Closed chat from ${timeText(one.chat.created * 1000)}</p>
          </div>
          <button class="button plain icon" data-testid="details-toggle" aria-label="Details" title="Details" aria-expanded=${String(this.detailed)}
            @click=${() => (this.detailed = !this.detailed)}>${detailsIcon}</button>
        </header>
        <div role="alert">
          ${one.problem ? html`<p class="error flat">${one.problem} <button class="button small" @click=${() => one.load()}>Try again</button></p>` : nothing}
        </div>
        <div class="pane-body">
          <div class="pane-main">
            ${one.loading ? html`<p class="empty" role="status">Loading the chat…</p>` : html`<console-log .conversation=${one}></console-log>`}
            <div class="save-bar" role="group" aria-label="Save the conversation">
              <span class="quiet">Save as</span>
              ${formats.map(([format, label]) => html`<button class="button small" data-testid="save-${format}" @click=${() => one.save(format)}>${label}</button>`)}
            </div>
          </div>
          ${this.detailed ? html`<console-details .of=${one} @close-details=${this.closeDetails}></console-details>` : nothing}
        </div>
      </section>
    `;
  }

  private closeDetails(): void {
    this.detailed = false;
    void focusIn(this, '[data-testid="details-toggle"]');
  }
}

customElements.define('console-reading', ArchivedView);
