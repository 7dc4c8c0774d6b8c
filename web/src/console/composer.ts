// The input of a chat: Enter sends, Shift+Enter starts a new line. What was typed stays with its chat.

import { html } from 'lit';
import { live } from 'lit/directives/live.js';
import { sendIcon } from './icons';
import type { Conversation } from './model/conversation';
import { Part, Shows } from './part';

class Composer extends Part {
  static override properties = { conversation: { attribute: false } };
  declare conversation: Conversation;

  constructor() {
    super();
    new Shows(this, () => this.conversation);
  }

  protected override render() {
    const one = this.conversation;
    const ended = one.ended !== '';
    return html`
      <form class="composer" @submit=${this.#submit}>
        <textarea class="input" rows="1" data-testid="chat-input" data-input=${one.id} aria-label="Message to ${one.visitorName}"
          placeholder=${ended ? 'This chat is over' : 'Write a message'} ?disabled=${ended} .value=${live(one.draft)}
          @input=${this.#input} @keydown=${this.#key}></textarea>
        <button class="button primary icon" data-testid="chat-send" aria-label="Send" ?disabled=${ended}>${sendIcon}</button>
      </form>
    `;
  }

  #input(event: InputEvent): void {
    this.conversation.write((event.target as HTMLTextAreaElement).value);
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#send();
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    this.#send();
    this.querySelector('textarea')!.focus();
  }

  #send(): void {
    const text = this.conversation.draft.trim();
    if (text === '' || this.conversation.ended) return;
    this.conversation.write('');
    this.requestUpdate();
    void this.conversation.send(text);
  }
}

customElements.define('console-composer', Composer);
