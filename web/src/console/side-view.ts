// The side: the invitations, and below them one of the lists, chosen by tabs.

import { html, nothing } from 'lit';
import './chat-list';
import './closed-view';
import './invitation-list';
import './listed-view';
import type { List } from './model/board';
import type { Desk } from './model/desk';
import { Part, Shows } from './part';

interface Tab {
  list: List;
  label: string;
  /** How many things wait there. */
  count: number;
  about: string;
}

class Side extends Part {
  static override properties = { desk: { attribute: false } };
  declare desk: Desk;

  constructor() {
    super();
    new Shows(this, () => this.desk);
    new Shows(this, () => this.desk.board);
  }

  protected override render() {
    const { desk } = this;
    const tabs = this.tabs();
    return html`
      <div class="side">
        <console-invitations .desk=${desk}></console-invitations>
        <div class="tabs" role="tablist" aria-label="Lists of chats" @keydown=${this.key}>
          ${tabs.map((tab) => this.tab(tab))}
        </div>
        <div class="side-panel" id="side-panel" role="tabpanel" aria-labelledby="tab-${desk.board.shown}">${this.panel(desk.board.shown)}</div>
      </div>
    `;
  }

  private tabs(): Tab[] {
    const { board, unread } = this.desk;
    const { length } = board.waiting.list;
    return [
      { list: 'own', label: 'Chats', count: unread, about: `${unread} unread` },
      { list: 'waiting', label: 'Waiting', count: length, about: `${length} waiting` },
      ...(board.all ? [{ list: 'active' as const, label: 'All', count: 0, about: '' }] : []),
      { list: 'closed', label: 'Closed', count: 0, about: '' },
    ];
  }

  private tab({ list, label, count, about }: Tab) {
    const chosen = this.desk.board.shown === list;
    return html`
      <button class="tab" role="tab" id="tab-${list}" data-testid="tab-${list}" aria-selected=${String(chosen)} aria-controls="side-panel"
        tabindex=${chosen ? 0 : -1} @click=${() => this.desk.board.show(list)}>
        ${label}${count > 0 ? html`<span class="badge" aria-label=${about}>${count}</span>` : nothing}
      </button>
    `;
  }

  private panel(list: List) {
    const { desk } = this;
    switch (list) {
      case 'own':
        return html`<console-chat-list .desk=${desk}></console-chat-list>`;
      case 'closed':
        return html`<console-closed .desk=${desk}></console-closed>`;
      case 'waiting':
        return html`<console-listed .desk=${desk} .model=${desk.board.waiting} .which=${list}></console-listed>`;
      case 'active':
        return html`<console-listed .desk=${desk} .model=${desk.board.active} .which=${list}></console-listed>`;
    }
  }

  /** Arrows, Home and End move between tabs and choose them. */
  private key(event: KeyboardEvent): void {
    const tabs = [...this.querySelectorAll<HTMLElement>('[role="tab"]')];
    const at = tabs.indexOf(event.target as HTMLElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs.at(to % tabs.length)!;
    next.focus();
    next.click();
  }
}

customElements.define('console-side', Side);
