// One open chat: its head, its messages, who is writing, and the input.

import { html, nothing } from 'lit';
import './composer';
import './message-log';
import { backIcon, closeIcon } from './icons';
import type { Conversation } from './model/conversation';
import type { Desk } from './model/desk';
import { Part, Shows } from './part';

class ChatPane extends Part {
  static override properties = { conversation: { attribute: false }, desk: { attribute: false }, asking: { state: true } };
  declare conversation: Conversation;
  declare desk: Desk;
  /** The agent is asked whether to close the chat. */
  declare private asking: boolean;

  constructor() {
    super();
    this.asking = false;
    new Shows(this, () => this.conversation);
  }

  protected override render() {
    const one = this.conversation;
    const titleId = `title-${one.id}`;
    return html`
      <section class="pane" data-testid="chat-pane" data-chat=${one.id} aria-labelledby=${titleId}>
        <header class="pane-head">
          <button class="button plain icon narrow-only" aria-label="Back to the list" @click=${() => this.desk.backToList()}>${backIcon}</button>
          <div class="pane-title">
            <h2 id=${titleId}>${one.visitorName}</h2>
            ${one.room ? html`<p class="quiet">Room ${one.room}</p>` : nothing}
          </div>
          ${one.ended
            ? html`<button class="button" @click=${() => this.desk.dismiss(one)}>Dismiss</button>`
            : html`<button class="button plain" data-testid="chat-close" aria-expanded=${String(this.asking)} @click=${this.#ask}>
                ${closeIcon}<span>Close chat</span>
              </button>`}
        </header>
        ${this.asking && !one.ended ? this.#confirmation() : nothing}
        <div role="alert">${one.problem ? html`<p class="error flat">${one.problem}</p>` : nothing}</div>
        <console-log .conversation=${one}></console-log>
        ${this.#typing(one.writers)}
        <console-composer .conversation=${one}></console-composer>
      </section>
    `;
  }

  #confirmation() {
    return html`
      <div class="confirm" role="group" aria-label="Close the chat?" @keydown=${this.#escape}>
        <p>Close the chat for ${this.conversation.visitorName} too?</p>
        <div class="confirm-acts">
          <button class="button" @click=${this.#keep}>Keep open</button>
          <button class="button danger" data-testid="chat-close-confirm" @click=${this.#close}>Close chat</button>
        </div>
      </div>
    `;
  }

  #typing(writers: readonly string[]) {
    return html`
      <div class="typing" data-testid="chat-typing">
        ${writers.length > 0 ? html`<span class="dots" aria-hidden="true"><i></i><i></i><i></i></span>${writers.join(', ')} is writing` : nothing}
      </div>
    `;
  }

  async #ask(): Promise<void> {
    this.asking = !this.asking;
    await this.updateComplete;
    this.querySelector<HTMLElement>('.confirm .button')?.focus();
  }

  #keep(): void {
    this.asking = false;
    this.querySelector<HTMLElement>('[data-testid="chat-close"]')?.focus();
  }

  #escape(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.#keep();
  }

  async #close(): Promise<void> {
    this.asking = false;
    await this.conversation.close();
    await this.updateComplete;
    this.querySelector<HTMLElement>('.pane-head .button:last-child')?.focus();
  }
}

customElements.define('console-chat', ChatPane);
