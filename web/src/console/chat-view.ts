// One open chat: its header, its messages, who is writing, and the input, or for a watcher the bar.

import { html, nothing } from 'lit';
import './block-dialog';
import './composer';
import { detailsLabel, notesBadge } from './details-view';
import './messages-view';
import './transfer-dialog';
import './watch-bar';
import type { Composer } from './composer';
import { ConsoleElement, ModelController } from './console-element';
import { focusIn } from './focus';
import { backIcon, closeIcon, detailsIcon, transferIcon } from './icons';
import type { Conversation } from './model/conversation';
import type { Workspace } from './model/workspace';
import { said, say, texts } from './texts';

class ChatView extends ConsoleElement {
  static override properties = {
    conversation: { attribute: false },
    workspace: { attribute: false },
    asking: { state: true },
    detailed: { state: true },
    transferring: { state: true },
    blocking: { state: true },
    dropping: { state: true },
  };
  declare conversation: Conversation;
  declare workspace: Workspace;
  /** The agent is asked whether to close the chat. */
  declare private asking: boolean;
  /** The details are shown. */
  declare private detailed: boolean;
  /** The transfer dialog is open. */
  declare private transferring: boolean;
  /** The block dialog is open. */
  declare private blocking: boolean;
  /** Files are being dragged over the chat. */
  declare private dropping: boolean;

  constructor() {
    super();
    this.asking = this.detailed = this.transferring = this.blocking = this.dropping = false;
    new ModelController(this, () => this.conversation);
    new ModelController(this, () => this.conversation.notes);
  }

  protected override render() {
    const one = this.conversation;
    one.notes.want();
    const titleId = `title-${one.id}`;
    return html`
      <section class="pane" data-testid="chat-pane" data-chat=${one.id} aria-labelledby=${titleId} @dragover=${this.dragged}
        @dragleave=${this.undragged} @drop=${this.dropped}>
        <header class="pane-head">
          <button class="button plain icon narrow-only" aria-label=${say('toList')} @click=${() => this.workspace.backToList()}>${backIcon}</button>
          <div class="pane-title">
            <h2 id=${titleId} dir="auto">${one.visitorName}</h2>
            <p class="quiet">
              ${one.room ? say('room', { room: one.room }) : nothing}
              <span role="status" data-testid="who-is-away">${one.ended ? nothing : one.away.map((text) => ` · ${text}`)}</span>
            </p>
          </div>
          ${this.acts(one)}
        </header>
        ${this.asking && !one.ended ? this.confirmation() : nothing}
        <div role="status">${one.transferringTo ? html`<p class="bar" data-testid="handing-over">${say('transfer.asking', { name: one.transferringTo })}</p>` : nothing}</div>
        <div role="alert">
          ${
            one.problem
              ? html`<p class="error flat" data-testid="chat-problem"><span>${said(one.problem)}</span>
                <button class="button small" @click=${() => one.report('')}>${say('dismiss')}</button></p>`
              : nothing
          }
        </div>
        <div class="pane-body">
          <div class="pane-main">
            <console-log .conversation=${one}></console-log>
            ${this.typing(one.writers)}
            ${
              one.watching && !one.ended
                ? html`<console-watching .conversation=${one} .workspace=${this.workspace}></console-watching>`
                : html`<console-composer .conversation=${one} .workspace=${this.workspace}></console-composer>`
            }
          </div>
          ${
            this.detailed
              ? html`<console-details .of=${one} .workspace=${this.workspace} .blockable=${!one.watching} @block=${() => (this.blocking = true)}
              @close-details=${this.closeDetails}></console-details>`
              : nothing
          }
        </div>
        ${this.dropping ? html`<div class="drop" aria-hidden="true">${say('drop')}</div>` : nothing}
        ${this.blocking ? html`<console-block .conversation=${one} @closed=${() => (this.blocking = false)}></console-block>` : nothing}
        ${
          this.transferring
            ? html`<console-transfer .conversation=${one} .workspace=${this.workspace} @closed=${() => (this.transferring = false)}></console-transfer>`
            : nothing
        }
      </section>
    `;
  }

  private acts(one: Conversation) {
    return html`
      <button class="button plain icon" data-testid="details-toggle" aria-label=${detailsLabel(one.notes)} title=${say('details')}
        aria-expanded=${String(this.detailed)} @click=${() => (this.detailed = !this.detailed)}>${detailsIcon}${notesBadge(one.notes)}</button>
      ${
        one.ended || one.watching
          ? nothing
          : html`<button class="button plain icon" data-testid="chat-transfer" aria-label=${say('transfer')} title=${say('transfer')} aria-haspopup="dialog"
            @click=${() => (this.transferring = true)}>${transferIcon}</button>`
      }
      ${
        one.ended
          ? html`<button class="button" data-testid="chat-dismiss" @click=${() => this.workspace.dismiss(one)}>${say('dismiss')}</button>`
          : html`<button class="button plain" data-testid="chat-close" aria-label=${say('close.chat')} title=${say('close.chat')} aria-expanded=${String(this.asking)} @click=${this.ask}>
            ${closeIcon}<span class="roomy">${say('close.chat')}</span>
          </button>`
      }
    `;
  }

  private confirmation() {
    return html`
      <div class="confirm" role="group" aria-label=${say('close.ask')} @keydown=${this.escape}>
        <p>${say('close.askFor', { name: this.conversation.visitorName })}</p>
        <div class="confirm-acts">
          <button class="button" @click=${this.keep}>${say('close.keep')}</button>
          <button class="button danger" data-testid="chat-close-confirm" @click=${this.close}>${say('close.chat')}</button>
        </div>
      </div>
    `;
  }

  private typing(writers: readonly string[]) {
    return html`
      <div class="typing" data-testid="chat-typing">
        ${writers.length > 0 ? html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${say('typing', { n: writers.length, names: () => texts.list([...writers]) })}` : nothing}
      </div>
    `;
  }

  private ask(): void {
    this.asking = !this.asking;
    void focusIn(this, '.confirm .button');
  }

  private keep(): void {
    this.asking = false;
    void focusIn(this, '[data-testid="chat-close"]');
  }

  private escape(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.keep();
  }

  private async close(): Promise<void> {
    this.asking = false;
    await this.conversation.close();
    await focusIn(this, '.pane-head .button:last-child');
  }

  private closeDetails(): void {
    this.detailed = false;
    void focusIn(this, '[data-testid="details-toggle"]');
  }

  private dragged(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.dropping = this.querySelector('console-composer') !== null && this.conversation.ended === '';
    event.dataTransfer.dropEffect = this.dropping ? 'copy' : 'none';
  }

  private undragged(event: DragEvent): void {
    if (!this.contains(event.relatedTarget as Node | null)) this.dropping = false;
  }

  private dropped(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    if (this.dropping) this.querySelector<Composer>('console-composer')?.sendFiles(event.dataTransfer.files);
    this.dropping = false;
  }
}

customElements.define('console-chat', ChatView);
