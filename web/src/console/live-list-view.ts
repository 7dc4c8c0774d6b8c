// The waiting or the active chats, and what the agent can do with each.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { isolate } from '../ui/direction';
import { errorText, nameOf, sinceText } from '../ui/format';
import { ConsoleElement, ModelController } from './console-element';
import { focusChat, focusIn } from './focus';
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
    chosen: { state: true },
    asking: { state: true },
  };
  declare workspace: Workspace;
  declare model: LiveList;
  declare which: 'waiting' | 'active';
  /** The id of the chat with which something is being done; '' if nothing is. */
  declare private busy: string;
  declare private problem: string;
  /** A chat that the agent wanted to take, and another agent has. */
  declare private taken: ListedChat | undefined;
  /** The ids of the waiting chats that are to be closed. */
  declare private chosen: ReadonlySet<string>;
  /** The agent is asked whether to close them. */
  declare private asking: boolean;
  private clock: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.busy = '';
    this.problem = '';
    this.chosen = new Set();
    this.asking = false;
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
    const { list, problem, total, more, filter } = this.model;
    const waiting = this.which === 'waiting';
    const narrowed = filter.name !== '' || filter.wrote !== '';
    const none = narrowed ? 'No chat that waits is like that.' : waiting ? 'Nobody is waiting.' : 'There are no active chats.';
    return html`
      <section class="listed" aria-label=${waiting ? 'Waiting chats' : 'All active chats'}>
        <div role="alert">${this.problem || problem ? html`<p class="error">${this.problem || problem}${this.offer()}</p>` : nothing}</div>
        ${waiting && (total > 0 || narrowed) ? this.tools() : nothing}
        ${list.length === 0 ? html`<p class="quiet">${none}</p>` : nothing}
        <ul>${repeat(
          list,
          (one) => one.id,
          (one) => (waiting ? this.waiting(one) : this.active(one)),
        )}</ul>
        ${more ? html`<button class="button" data-testid="live-more" @click=${this.readOn}>Show more</button>` : nothing}
        <div class="visually-hidden" role="status">${waiting ? `${total} waiting${narrowed ? `, ${list.length} found` : ''}` : ''}</div>
      </section>
    `;
  }

  /** To find chats among many that wait, and to close many of them. */
  private tools() {
    const { filter, list } = this.model;
    const chosen = list.filter(({ id }) => this.chosen.has(id)).length;
    const chats = chosen === 1 ? '1 chat' : `${chosen} chats`;
    return html`
      <div class="tools" role="group" aria-label="Find and close waiting chats">
        <input class="input" type="search" dir="auto" placeholder="Visitor's name" aria-label="Find by the visitor's name" autocomplete="off"
          data-testid="waiting-name" .value=${filter.name} @input=${this.find}>
        <select class="input" aria-label="Which visitors" data-testid="waiting-wrote" .value=${filter.wrote} @change=${this.narrow}>
          <option value="">All visitors</option>
          <option value="true">Have written</option>
          <option value="false">Have not written</option>
        </select>
        <label class="check"><input type="checkbox" data-testid="waiting-all" .checked=${chosen > 0 && chosen === list.length}
          .indeterminate=${chosen > 0 && chosen < list.length} ?disabled=${list.length === 0} @change=${this.chooseAll}> Select all that are shown</label>
        ${
          chosen === 0
            ? nothing
            : this.asking
              ? html`<div class="confirm-acts" role="group" aria-label="Close ${chats}?" @keydown=${this.escape}>
                <button class="button small" @click=${this.keep}>Keep</button>
                <button class="button small danger" data-testid="waiting-close-confirm" ?disabled=${this.busy !== ''} @click=${this.closeChosen}>Close ${chats} for good</button>
              </div>`
              : html`<button class="button small" data-testid="waiting-close" @click=${this.ask}>Close ${chats}…</button>`
        }
      </div>
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
        <p class="listed-who"><strong dir="auto">${name}</strong> <span class="quiet">${where(one)}</span>
          <input class="listed-choice" type="checkbox" data-testid="listed-choose" aria-label="Select: ${isolate(name)}" .checked=${this.chosen.has(one.id)}
            @change=${() => this.choose(one.id)}></p>
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

  private find(event: InputEvent): void {
    void this.model.narrow({ name: (event.target as HTMLInputElement).value });
  }

  private narrow(event: Event): void {
    void this.model.narrow({ wrote: (event.target as HTMLSelectElement).value as '' | 'true' | 'false' });
  }

  private choose(id: string): void {
    const chosen = new Set(this.chosen);
    if (!chosen.delete(id)) chosen.add(id);
    this.chosen = chosen;
    this.asking = false;
  }

  private chooseAll(event: Event): void {
    this.chosen = new Set((event.target as HTMLInputElement).checked ? this.model.list.map(({ id }) => id) : []);
    this.asking = false;
  }

  private ask(): void {
    this.asking = true;
    void focusIn(this, '.confirm-acts .button');
  }

  private keep(): void {
    this.asking = false;
    void focusIn(this, '[data-testid="waiting-close"]');
  }

  private escape(event: KeyboardEvent): void {
    if (event.key === 'Escape') this.keep();
  }

  private async closeChosen(): Promise<void> {
    const ids = this.model.list.filter(({ id }) => this.chosen.has(id)).map(({ id }) => id);
    this.busy = 'many';
    this.problem = '';
    try {
      const refused = await this.model.close(ids);
      if (refused > 0)
        this.problem = `${refused} of ${ids.length} chats could not be closed: they are with somebody, or not in your rooms.`;
    } catch (error) {
      this.problem = `The chats could not be closed. ${errorText(error)}`;
    }
    this.busy = '';
    this.chosen = new Set();
    this.asking = false;
    void focusIn(this, '[data-testid="waiting-name"]');
  }

  /** Shows more; the first of them gets the focus. */
  private async readOn(): Promise<void> {
    const before = this.model.list.length;
    await this.model.readOn();
    await this.updateComplete;
    this.querySelectorAll('.listed-chat')[before]?.querySelector<HTMLElement>('.button')?.focus();
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
