// The canned replies to choose from after a `/` is typed. The composer keeps the focus and passes keys on.

import { html, nothing } from 'lit';
import { ConsoleElement } from './console-element';
import { fillReply, findReplies } from './model/replies';
import type { CannedReply } from './model/settings';
import { say } from './texts';

/** The event `picked`, with the text of the reply. */
export type Picked = CustomEvent<string>;

export class ReplyPicker extends ConsoleElement {
  static override properties = {
    replies: { attribute: false },
    values: { attribute: false },
    typed: {},
    language: {},
    listId: {},
    at: { state: true },
  };
  declare replies: readonly CannedReply[];
  /** The values of the placeholders. */
  declare values: Record<string, string>;
  declare typed: string;
  /** That of the visitor. */
  declare language: string;
  declare listId: string;
  declare private at: number;

  constructor() {
    super();
    this.typed = this.language = '';
    this.at = 0;
  }

  /** The id of the option that Enter takes; '' if there is none. */
  get activeId(): string {
    return this.found.length > 0 ? `${this.listId}-${this.at}` : '';
  }

  /** Handles a key of the composer. Gives whether the list used it. */
  key(event: KeyboardEvent): boolean {
    const { length } = this.found;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp':
        if (length > 0) this.at = (this.at + (event.key === 'ArrowDown' ? 1 : length - 1)) % length;
        break;
      case 'Enter':
      case 'Tab':
        if (length === 0) return false;
        this.pick(this.found[this.at]!);
        break;
      default:
        return false;
    }
    event.preventDefault();
    return true;
  }

  override willUpdate(changed: Map<string, unknown>): void {
    if (changed.has('typed')) this.at = 0;
  }

  protected override updated(): void {
    this.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    this.dispatchEvent(new Event('moved'));
  }

  protected override render() {
    const found = this.found;
    return html`
      <div class="picker" data-testid="reply-picker">
        <div role="listbox" id=${this.listId} aria-label=${say('replies')}>
          ${found.map(
            (one, at) => html`
            <div class="reply" role="option" id="${this.listId}-${at}" aria-selected=${String(at === this.at)} data-testid="reply"
              @mousedown=${(event: Event) => event.preventDefault()} @click=${() => this.pick(one)}>
              <strong dir="auto">${one.title}</strong>
              <span class="quiet" dir="auto">${fillReply(one.text, this.values)}</span>
            </div>`,
          )}
        </div>
        ${found.length === 0 ? html`<p class="quiet">${say('replies.none')}</p>` : nothing}
        <div class="visually-hidden" role="status">${say('replies.count', { n: found.length })}</div>
      </div>
    `;
  }

  private get found(): CannedReply[] {
    return findReplies(this.replies, this.typed, this.language);
  }

  private pick(reply: CannedReply): void {
    this.dispatchEvent(new CustomEvent('picked', { detail: fillReply(reply.text, this.values) }));
  }
}

customElements.define('console-replies', ReplyPicker);
