// A closed chat: its messages, its details, and the formats in which it can be saved.

import { html, nothing } from 'lit';
import { detailsLabel, notesBadge } from './details-view';
import './messages-view';
import { timeText } from '../ui/format';
import { ConsoleElement, ModelController } from './console-element';
import { focusIn } from './focus';
import { backIcon, detailsIcon } from './icons';
import type { ArchivedChat, Format } from './model/archived-chat';
import type { Workspace } from './model/workspace';
import { said, say, texts } from './texts';

const formats: readonly Format[] = ['text', 'csv', 'json'];

class ArchivedView extends ConsoleElement {
  static override properties = { archived: { attribute: false }, workspace: { attribute: false }, detailed: { state: true } };
  declare archived: ArchivedChat;
  declare workspace: Workspace;
  declare private detailed: boolean;

  constructor() {
    super();
    this.detailed = false;
    new ModelController(this, () => this.archived);
    new ModelController(this, () => this.archived.notes);
  }

  protected override render() {
    const one = this.archived;
    one.notes.want();
    return html`
      <section class="pane" data-testid="reading-pane" data-chat=${one.id} aria-labelledby="reading-title">
        <header class="pane-head">
          <button class="button plain icon narrow-only" aria-label=${say('toList')} @click=${() => this.workspace.backToList()}>${backIcon}</button>
          <div class="pane-title">
            <h2 id="reading-title" dir="auto">${one.visitorName}</h2>
            <p class="quiet">${say('closed.from', { time: timeText(one.chat.created * 1000, texts.locale) })}</p>
          </div>
          <button class="button plain icon" data-testid="details-toggle" aria-label=${detailsLabel(one.notes)} title=${say('details')}
            aria-expanded=${String(this.detailed)} @click=${() => (this.detailed = !this.detailed)}>${detailsIcon}${notesBadge(one.notes)}</button>
        </header>
        <div role="alert">
          ${one.problem ? html`<p class="error flat">${said(one.problem)} <button class="button small" @click=${() => one.load()}>${say('retry')}</button></p>` : nothing}
        </div>
        <div class="pane-body">
          <div class="pane-main">
            ${one.loading ? html`<p class="empty" role="status">${say('closed.loading')}</p>` : html`<console-log .conversation=${one}></console-log>`}
            <div class="save-bar" role="group" aria-label=${say('save')}>
              <span class="quiet">${say('save.as')}</span>
              ${formats.map((format) => html`<button class="button small" data-testid="save-${format}" @click=${() => one.save(format)}>${say(`save.${format}`)}</button>`)}
            </div>
          </div>
          ${this.detailed ? html`<console-details .of=${one} .workspace=${this.workspace} @close-details=${this.closeDetails}></console-details>` : nothing}
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
