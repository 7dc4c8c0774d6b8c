// The input of a chat: Enter sends, Shift+Enter starts a new line, `/` finds a canned reply, files are pasted or
// attached. What the agent has typed stays with its chat.

import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import './reply-picker';
import { showsNothing } from '../ui/draft';
import { acceptedFiles, refusedFile } from '../ui/files';
import { nameOf } from '../ui/format';
import { composing } from '../ui/keys';
import { ConsoleElement, ModelController } from './console-element';
import { attachIcon, replyIcon, sendIcon } from './icons';
import type { Conversation } from './model/conversation';
import type { Workspace } from './model/workspace';
import type { Picked, ReplyPicker } from './reply-picker';
import { say, texts } from './texts';

export class Composer extends ConsoleElement {
  static override properties = { conversation: { attribute: false }, workspace: { attribute: false }, picking: { state: true } };
  declare conversation: Conversation;
  declare workspace: Workspace;
  /** The canned replies are shown. */
  declare private picking: boolean;

  constructor() {
    super();
    this.picking = false;
    new ModelController(this, () => this.conversation);
    new ModelController(this, () => this.workspace.settings);
  }

  protected override render() {
    const one = this.conversation;
    const ended = one.ended !== '';
    const { media, cannedReplies } = this.workspace.settings;
    const listId = `replies-${one.id}`;
    return html`
      ${
        this.picking && !ended
          ? html`<console-replies .replies=${cannedReplies} .values=${this.values()} .typed=${this.typed} .language=${one.chat.lang} .listId=${listId}
        @picked=${this.picked} @moved=${this.moved}></console-replies>`
          : nothing
      }
      <form class="composer" @submit=${this.submit}>
        ${
          media.active
            ? html`
          <input type="file" class="visually-hidden" data-testid="chat-file" multiple tabindex="-1" aria-hidden="true" accept=${acceptedFiles(media)}
            ?disabled=${ended} @change=${this.attached}>
          <button type="button" class="button plain icon" data-testid="chat-attach" aria-label=${say('attach')} title=${say('attach')} ?disabled=${ended}
            @click=${() => this.querySelector<HTMLInputElement>('[type="file"]')!.click()}>${attachIcon}</button>`
            : nothing
        }
        ${
          cannedReplies.length > 0
            ? html`
          <button type="button" class="button plain icon" data-testid="chat-replies" aria-label=${say('replies')} title="${say('replies')} ( / )"
            aria-expanded=${String(this.picking)} ?disabled=${ended}
            @mousedown=${(event: Event) => event.preventDefault()} @click=${this.togglePicker}>${replyIcon}</button>`
            : nothing
        }
        <textarea class="input" rows="1" data-testid="chat-input" data-input=${one.id} dir="auto" aria-label=${say('input', { name: one.visitorName })}
          placeholder=${say(ended ? 'ended' : 'placeholder')} ?disabled=${ended} .value=${live(one.draft)}
          aria-autocomplete="list" aria-controls=${this.picking ? listId : nothing}
          @input=${this.input} @keydown=${this.key} @paste=${this.paste} @blur=${() => (this.picking = false)}></textarea>
        <button class="button primary icon" data-testid="chat-send" aria-label=${say('send')} title=${say('send')} ?disabled=${ended}>${sendIcon}</button>
      </form>
    `;
  }

  /** Sends the files that may be sent, and reports why the others may not. */
  sendFiles(files: Iterable<File>): void {
    const problems: string[] = [];
    for (const file of files) {
      const refused = refusedFile(file, this.workspace.settings.media, texts);
      if (refused) problems.push(refused);
      else void this.conversation.outgoing.sendFile(file);
    }
    this.conversation.report(problems.join(' '));
  }

  /** What is typed after the `/`. */
  private get typed(): string {
    const { draft } = this.conversation;
    return draft.startsWith('/') ? draft.slice(1) : '';
  }

  private get field(): HTMLTextAreaElement {
    return this.querySelector('textarea')!;
  }

  private values(): Record<string, string> {
    const { visitor, room } = this.conversation;
    return { name: nameOf(visitor), agent: nameOf(this.workspace.me), room };
  }

  private input(event: InputEvent): void {
    const before = this.conversation.draft;
    this.conversation.write((event.target as HTMLTextAreaElement).value);
    const { draft } = this.conversation;
    if (!draft.startsWith('/')) this.picking = false;
    else if (draft.length === 1 && before === '') this.picking = this.workspace.settings.cannedReplies.length > 0;
  }

  private key(event: KeyboardEvent): void {
    if (composing(event)) return;
    if (this.picking) {
      if (this.querySelector<ReplyPicker>('console-replies')?.key(event)) return;
      if (event.key === 'Escape') {
        event.stopPropagation();
        this.picking = false;
        return;
      }
    }
    if (event.key !== 'Enter' || event.shiftKey) return;
    event.preventDefault();
    void this.send();
  }

  private togglePicker(): void {
    const open = !this.picking;
    this.field.focus();
    this.picking = open;
  }

  /** The reply replaces `/words`, or is inserted at the cursor. */
  private picked({ detail }: Picked): void {
    const field = this.field;
    if (this.conversation.draft.startsWith('/')) field.value = detail;
    else field.setRangeText(detail, field.selectionStart, field.selectionEnd, 'end');
    this.picking = false;
    this.conversation.write(field.value);
    field.focus();
  }

  /** Tells screen readers which reply is marked. */
  private moved(event: Event): void {
    this.field.setAttribute('aria-activedescendant', (event.target as ReplyPicker).activeId);
  }

  protected override updated(): void {
    if (!this.picking) this.field.removeAttribute('aria-activedescendant');
  }

  private attached(event: Event): void {
    const input = event.target as HTMLInputElement;
    this.sendFiles(input.files ?? []);
    input.value = '';
    this.field.focus();
  }

  private paste(event: ClipboardEvent): void {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.sendFiles(files);
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    void this.send();
    this.field.focus();
  }

  /** Sends the text as it was typed. One that cannot be sent comes back, before what was typed meanwhile. */
  private async send(): Promise<void> {
    const { conversation } = this;
    const text = conversation.draft;
    if (showsNothing(text) || conversation.ended) return;
    this.picking = false;
    conversation.report('');
    conversation.write('');
    const refused = await conversation.outgoing.send(text);
    if (!refused) return;
    conversation.report(refused);
    conversation.write([text, conversation.draft].filter(Boolean).join('\n'));
  }
}

customElements.define('console-composer', Composer);
