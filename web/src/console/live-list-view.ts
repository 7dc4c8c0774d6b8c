// The waiting or the active chats, and what the agent can do with each.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { isolate } from '../ui/direction';
import { errorText, nameOf, sinceText } from '../ui/format';
import { ConsoleElement, ModelController } from './console-element';
import { focusChat } from './focus';
import { agentsOf, type ListedChat, type LiveList, visitorOf } from './model/listed-chats';
import type { Workspace } from './model/workspace';

class LiveListView extends ConsoleElement {
  static override properties = {
    workspace: { attribute: false },
    model: { attribute: false },
    which: {},
    busy: { state: true },
    problem: { state: true },
    taken: { state: true },
  };
  declare workspace: Workspace;
  declare model: LiveList;
  declare which: 'waiting' | 'active';
  /** The id of the chat with which something is being done; '' if nothing is. */
  declare private busy: string;
  declare private problem: string;
  /** A chat that the agent wanted to take, and another agent has. */
  declare private taken: ListedChat | undefined;
  private clock: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.busy = '';
    this.problem = '';
    new ModelController(this, () => this.model);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.clock = setInterval(() => this.requestUpdate(), 1000);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.clock);
  }

  protected override render() {
    const { list, problem } = this.model;
    const waiting = this.which === 'waiting';
    return html`
      <section class="listed" aria-label=${waiting ? 'Waiting chats' : 'All active chats'}>
        <div role="alert">${this.problem || problem ? html`<p class="error">${this.problem || problem}${this.offer()}</p>` : nothing}</div>
        ${list.length === 0 ? html`<p class="quiet">${waiting ? 'Nobody is waiting.' : 'There are no active chats.'}</p>` : nothing}
        <ul>${repeat(
          list,
          (one) => one.id,
          (one) => (waiting ? this.waiting(one) : this.active(one)),
        )}</ul>
        <div class="visually-hidden" role="status">${waiting ? `${list.length} waiting` : ''}</div>
      </section>
    `;
  }

  private waiting(one: ListedChat) {
    const name = visitorOf(one);
    const place = one.queuePosition
      ? html`<span class="place" aria-label="Position ${one.queuePosition}">${one.queuePosition}</span>`
      : nothing;
    return html`
      <li class="listed-chat" data-testid="waiting-chat" data-chat=${one.id}>
        ${place}
        <p class="listed-who"><strong dir="auto">${name}</strong> <span class="quiet">${where(one)}</span></p>
        <p class="quiet listed-since">Waiting ${sinceText(one.waitingSince ?? one.created)}</p>
        <div class="listed-acts">
          ${this.act('take', 'Take', name, one, () => this.workspace.take(one.id), true)}
          ${this.workspace.supervisor ? this.act('watch', 'Watch', name, one, () => this.workspace.watchChat(one.id)) : nothing}
        </div>
      </li>
    `;
  }

  private active(one: ListedChat) {
    const name = visitorOf(one);
    const agents = agentsOf(one);
    const names = agents.map((user) => isolate(nameOf(user))).join(', ');
    const present = agents
      .map((user) => isolate(nameOf(user)) + (this.model.unavailable.has(user.id) ? ' (not available)' : ''))
      .join(', ');
    const own = one.users.some((user) => user.id === this.workspace.me.id);
    return html`
      <li class="listed-chat" data-testid="active-chat" data-chat=${one.id}>
        <p class="listed-who"><strong dir="auto">${name}</strong> <span class="quiet">${where(one)}</span></p>
        <p class="quiet listed-since">With ${present || 'nobody'} · ${sinceText(one.created)}</p>
        <div class="listed-acts">
          ${
            own
              ? this.act('open', 'Open', name, one, () => this.workspace.watchChat(one.id))
              : html`${this.act('watch', 'Watch', name, one, () => this.workspace.watchChat(one.id))}
                ${this.act('assist', `Join ${names || 'the chat'}`, name, one, () => this.workspace.assist(one.id))}
                ${this.act('intervene', 'Take over', name, one, () => this.workspace.intervene(one.id))}`
          }
        </div>
      </li>
    `;
  }

  /** After a chat was lost to another agent: to join them is an act of its own. */
  private offer() {
    const { taken } = this;
    if (!taken) return nothing;
    return html`<span class="offer">${this.act('assist', 'Join them', visitorOf(taken), taken, () => this.workspace.assist(taken.id))}</span>`;
  }

  private act(testid: string, label: string, name: string, one: ListedChat, act: () => Promise<void>, primary = false) {
    return html`<button class="button small ${primary ? 'primary' : ''}" data-testid="listed-${testid}" aria-label="${label}: ${isolate(name)}"
      ?disabled=${this.busy === one.id} @click=${() => this.do(one, act)}>${label}</button>`;
  }

  private async do(one: ListedChat, act: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = one.id;
    this.problem = '';
    this.taken = undefined;
    try {
      await act();
      void focusChat(one.id);
    } catch (error) {
      this.problem = `${isolate(visitorOf(one))}: ${errorText(error)}.`;
      if ((error as { code?: number }).code === 409) {
        this.taken = one;
        this.model.drop(one.id);
      }
      void this.model.refresh();
    }
    this.busy = '';
  }
}

function where({ room, lang }: ListedChat): string {
  return [room && `Room ${room}`, lang].filter(Boolean).join(' · ');
}

customElements.define('console-listed', LiveListView);
