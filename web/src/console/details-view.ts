// What is known about the visitor and the chat. All of it is shown as text, never as HTML.

import { html, nothing } from 'lit';
import type { ChatProperties, User } from '../../index';
import { nameOf, timeText } from '../ui/format';
import './notes-view';
import { ConsoleElement, ModelController } from './console-element';
import { closeIcon } from './icons';
import type { Notes } from './model/notes';
import type { Observable } from './model/observable';
import type { Workspace } from './model/workspace';
import { isolated, say, texts } from './texts';

/** An open or an archived chat. */
export interface Described extends Observable {
  readonly chat: ChatProperties;
  readonly visitor: User | undefined;
  readonly notes: Notes;
}

class DetailsView extends ConsoleElement {
  static override properties = { of: { attribute: false }, workspace: { attribute: false }, blockable: { attribute: false } };
  declare of: Described;
  declare workspace: Workspace;
  /** The visitor can be blocked here: the button fires `block`. */
  declare blockable: boolean | undefined;

  constructor() {
    super();
    new ModelController(this, () => this.of);
  }

  protected override render() {
    const { chat, visitor } = this.of;
    const claim = !visitor?.verified;
    const agents = (chat.users ?? []).filter((user) => user.id !== chat.creator);
    return html`
      <aside class="details" data-testid="details" aria-label=${say('details.about')} @keydown=${this.escape}>
        <header class="details-head">
          <h3>${say('details')}</h3>
          <button class="button plain icon" data-testid="details-close" aria-label=${say('details.close')} @click=${this.close}>${closeIcon}</button>
        </header>
        <dl>
          ${this.row(say('details.name'), visitor?.name, claim)}
          ${visitor?.nickname && visitor.nickname !== visitor.name ? this.row(say('details.nickname'), visitor.nickname, claim) : nothing}
          ${this.row(say('details.contact'), visitor?.contact, claim)}
          ${this.row(say('details.external'), visitor?.externalId)}
          ${this.row(say('details.external'), visitor?.claimedExternalId, true)}
          ${Object.entries(visitor?.extraInfo ?? {}).map(([name, value]) => this.row(name, valueText(value), claim))}
        </dl>
        <console-notes .of=${this.of.notes} .workspace=${this.workspace} listId="tags-${chat.id}"></console-notes>
        <h3>${say('details.chat')}</h3>
        <dl>
          ${this.row(say('details.room'), chat.room)}
          ${this.row(say('details.language'), chat.lang)}
          ${this.row(say('details.source'), chat.source)}
          ${this.row(say('details.started'), timeText(chat.created * 1000, texts.locale))}
          ${this.row(say('agents'), namesOf(agents))}
          ${this.row(say('watching'), namesOf(chat.watchers ?? []))}
          ${this.row(say('details.ticket'), chat.ticketNumber)}
          ${this.row(say('details.id'), chat.id)}
        </dl>
        ${this.blockable ? html`<button class="button small" data-testid="chat-block" aria-haspopup="dialog" @click=${this.block}>${say('block.begin')}</button>` : nothing}
      </aside>
    `;
  }

  /** A claim is what a page says without a proof. */
  private row(name: string, value: string | number | undefined, claim = false) {
    if (value === undefined || value === '') return nothing;
    return html`<div><dt dir="auto">${name}${claim ? html` <small>${say('details.claim')}</small>` : nothing}</dt><dd dir="auto">${value}</dd></div>`;
  }

  private escape(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.close();
  }

  private block(): void {
    this.dispatchEvent(new Event('block'));
  }

  private close(): void {
    this.dispatchEvent(new Event('close-details'));
  }
}

/** The name of the button that shows the details: it says that there are notes. */
export function detailsLabel({ list }: Notes): string {
  return list.length === 0 ? say('details') : say('details.notes', { n: list.length });
}

/** The number of notes, for that button. */
export function notesBadge({ list }: Notes) {
  return list.length > 0 ? html`<span class="badge" aria-hidden="true" data-testid="notes-count">${list.length}</span>` : nothing;
}

function namesOf(users: readonly User[]): string {
  return users.length > 0 ? texts.list(users.map((user) => isolated(nameOf(user)))) : '';
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

customElements.define('console-details', DetailsView);
