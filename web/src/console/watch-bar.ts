// For a watcher, in place of the input: take the chat over, or stop watching.

import { html } from 'lit';
import { ConsoleElement } from './console-element';
import { focusChat } from './focus';
import { eyeIcon } from './icons';
import type { Conversation } from './model/conversation';
import type { Workspace } from './model/workspace';
import { say } from './texts';

class WatchBar extends ConsoleElement {
  static override properties = { conversation: { attribute: false }, workspace: { attribute: false }, busy: { state: true } };
  declare conversation: Conversation;
  declare workspace: Workspace;
  declare private busy: boolean;

  constructor() {
    super();
    this.busy = false;
  }

  protected override render() {
    return html`
      <div class="watch-bar" data-testid="watching">
        <p>${eyeIcon} ${say('watching.this')}</p>
        <div class="watch-acts">
          <button class="button" data-testid="watch-stop" ?disabled=${this.busy} @click=${() => this.do(() => this.workspace.stopWatching(this.conversation))}>${say('watching.stop')}</button>
          <button class="button primary" data-testid="watch-intervene" ?disabled=${this.busy} @click=${this.intervene}>${say('intervene')}</button>
        </div>
      </div>
    `;
  }

  private async intervene(): Promise<void> {
    await this.do(() => this.conversation.intervene());
    await focusChat(this.conversation.id);
  }

  private async do(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    await act();
    this.busy = false;
  }
}

customElements.define('console-watching', WatchBar);
