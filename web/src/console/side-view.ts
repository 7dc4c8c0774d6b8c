// The side of the workspace: the invitations, and below them one of the lists, chosen by tabs.

import { html, nothing } from 'lit';
import './chats-view';
import './closed-list-view';
import './invitations-view';
import './live-list-view';
import { ConsoleElement, ModelController } from './console-element';
import type { List } from './model/chat-lists';
import type { Workspace } from './model/workspace';
import { say, texts } from './texts';

interface Tab {
  list: List;
  label: string;
  /** How many entries need attention. */
  count: number;
  about: string;
}

class SideView extends ConsoleElement {
  static override properties = { workspace: { attribute: false } };
  declare workspace: Workspace;

  constructor() {
    super();
    new ModelController(this, () => this.workspace);
    new ModelController(this, () => this.workspace.lists);
  }

  protected override render() {
    const { workspace } = this;
    const tabs = this.tabs();
    return html`
      <div class="side">
        <console-invitations .workspace=${workspace}></console-invitations>
        <div class="tabs" role="tablist" aria-label=${say('lists')} @keydown=${this.key}>
          ${tabs.map((tab) => this.tab(tab))}
        </div>
        <div class="side-panel" id="side-panel" role="tabpanel" aria-labelledby="tab-${workspace.lists.shown}">${this.panel(workspace.lists.shown)}</div>
      </div>
    `;
  }

  private tabs(): Tab[] {
    const { lists, unread } = this.workspace;
    const { total: length } = lists.waiting;
    return [
      { list: 'own', label: say('chats'), count: unread, about: say('unread', { n: unread }) },
      { list: 'waiting', label: say('waiting'), count: length, about: say('waiting.count', { n: length }) },
      ...(lists.all ? [{ list: 'active' as const, label: say('lists.all'), count: 0, about: '' }] : []),
      { list: 'closed', label: say('lists.closed'), count: 0, about: '' },
    ];
  }

  private tab({ list, label, count, about }: Tab) {
    const chosen = this.workspace.lists.shown === list;
    return html`
      <button class="tab" role="tab" id="tab-${list}" data-testid="tab-${list}" aria-selected=${String(chosen)} aria-controls="side-panel"
        tabindex=${chosen ? 0 : -1} @click=${() => this.workspace.lists.show(list)}>
        ${label}${count > 0 ? html`<span class="badge" aria-label=${about}>${texts.number(count)}</span>` : nothing}
      </button>
    `;
  }

  private panel(list: List) {
    const { workspace } = this;
    switch (list) {
      case 'own':
        return html`<console-chat-list .workspace=${workspace}></console-chat-list>`;
      case 'closed':
        return html`<console-closed .workspace=${workspace}></console-closed>`;
      case 'waiting':
        return html`<console-listed .workspace=${workspace} .model=${workspace.lists.waiting} .which=${list}></console-listed>`;
      case 'active':
        return html`<console-listed .workspace=${workspace} .model=${workspace.lists.active} .which=${list}></console-listed>`;
    }
  }

  /** Arrows, Home and End choose a tab and focus it. */
  private key(event: KeyboardEvent): void {
    const tabs = [...this.querySelectorAll<HTMLElement>('[role="tab"]')];
    const at = tabs.indexOf(event.target as HTMLElement);
    const on = texts.rightToLeft ? -1 : 1;
    const to = { ArrowRight: at + on, ArrowLeft: at - on, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs.at(to % tabs.length)!;
    next.focus();
    next.click();
  }
}

customElements.define('console-side', SideView);
