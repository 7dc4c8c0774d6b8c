// The waiting or the active chats, and what the agent can do with each.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Saying } from '../ui/element';
import { nameOf } from '../ui/format';
import { ConsoleElement, ModelController } from './console-element';
import { focusChat, focusIn } from './focus';
import { agentsOf, type ListedChat, type LiveList, visitorOf } from './model/listed-chats';
import type { Workspace } from './model/workspace';
import { errorSaying, isolated, said, say, texts } from './texts';

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
  declare private problem: Saying;
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
    const none = say(narrowed ? 'waiting.notFound' : waiting ? 'waiting.none' : 'active.none');
    return html`
      <section class="listed" aria-label=${say(waiting ? 'waiting.chats' : 'active.chats')}>
        <div role="alert">${this.problem || problem ? html`<p class="error">${said(this.problem || problem)}${this.offer()}</p>` : nothing}</div>
        ${waiting && (total > 0 || narrowed) ? this.tools() : nothing}
        ${list.length === 0 ? html`<p class="quiet">${none}</p>` : nothing}
        <ul>${repeat(
          list,
          (one) => one.id,
          (one) => (waiting ? this.waiting(one) : this.active(one)),
        )}</ul>
        ${more ? html`<button class="button" data-testid="live-more" @click=${this.readOn}>${say('more')}</button>` : nothing}
        <div class="visually-hidden" role="status">${waiting ? say(narrowed ? 'waiting.found' : 'waiting.count', { n: total, found: list.length }) : ''}</div>
      </section>
    `;
  }

  /** To find chats among many that wait, and to close many of them. */
  private tools() {
    const { filter, list } = this.model;
    const chosen = list.filter(({ id }) => this.chosen.has(id)).length;
    return html`
      <div class="tools" role="group" aria-label=${say('waiting.tools')}>
        <input class="input" type="search" dir="auto" placeholder=${say('waiting.name')} aria-label=${say('waiting.byName')} autocomplete="off"
          data-testid="waiting-name" .value=${filter.name} @input=${this.find}>
        <select class="input" aria-label=${say('waiting.which')} data-testid="waiting-wrote" .value=${filter.wrote} @change=${this.narrow}>
          <option value="">${say('waiting.all')}</option>
          <option value="true">${say('waiting.wrote')}</option>
          <option value="false">${say('waiting.silent')}</option>
        </select>
        <label class="check"><input type="checkbox" data-testid="waiting-all" .checked=${chosen > 0 && chosen === list.length}
          .indeterminate=${chosen > 0 && chosen < list.length} ?disabled=${list.length === 0} @change=${this.chooseAll}> ${say('waiting.select')}</label>
        ${
          chosen === 0
            ? nothing
            : this.asking
              ? html`<div class="confirm-acts" role="group" aria-label=${say('waiting.ask', { n: chosen })} @keydown=${this.escape}>
                <button class="button small" @click=${this.keep}>${say('keep')}</button>
                <button class="button small danger" data-testid="waiting-close-confirm" ?disabled=${this.busy !== ''} @click=${this.closeChosen}>${say('waiting.closeNow', { n: chosen })}</button>
              </div>`
              : html`<button class="button small" data-testid="waiting-close" @click=${this.ask}>${say('waiting.close', { n: chosen })}</button>`
        }
      </div>
    `;
  }

  private waiting(one: ListedChat) {
    const name = visitorOf(one);
    const place = one.queuePosition
      ? html`<span class="place" aria-label=${say('waiting.place', { n: one.queuePosition })}>${texts.number(one.queuePosition)}</span>`
      : nothing;
    return html`
      <li class="listed-chat" data-testid="waiting-chat" data-chat=${one.id}>
        ${place}
        <p class="listed-who"><strong dir="auto">${name}</strong> <span class="quiet">${where(one)}</span>
          <input class="listed-choice" type="checkbox" data-testid="listed-choose" aria-label=${say('act.of', { act: say('select'), name })} .checked=${this.chosen.has(one.id)}
            @change=${() => this.choose(one.id)}></p>
        <p class="quiet listed-since">${say('waiting.since', { time: texts.since(one.waitingSince ?? one.created) })}</p>
        <div class="listed-acts">
          ${this.act('take', say('take'), name, one, () => this.workspace.take(one.id), true)}
          ${this.workspace.supervisor ? this.act('watch', say('watch'), name, one, () => this.workspace.watchChat(one.id)) : nothing}
        </div>
      </li>
    `;
  }

  private active(one: ListedChat) {
    const name = visitorOf(one);
    const agents = agentsOf(one);
    const names = agents.map((user) => isolated(nameOf(user)));
    const present = agents.map((user) =>
      this.model.unavailable.has(user.id) ? say('active.away', { name: nameOf(user) }) : isolated(nameOf(user)),
    );
    const withWhom = agents.length > 0 ? say('active.with', { names: () => texts.list(present) }) : say('active.alone');
    const own = one.users.some((user) => user.id === this.workspace.me.id);
    return html`
      <li class="listed-chat" data-testid="active-chat" data-chat=${one.id}>
        <p class="listed-who"><strong dir="auto">${name}</strong> <span class="quiet">${where(one)}</span></p>
        <p class="quiet listed-since">${withWhom} · ${texts.since(one.created)}</p>
        <div class="listed-acts">
          ${
            own
              ? this.act('open', say('open'), name, one, () => this.workspace.watchChat(one.id))
              : html`${this.act('watch', say('watch'), name, one, () => this.workspace.watchChat(one.id))}
                ${this.act('assist', names.length > 0 ? say('join.who', { names: () => texts.list(names) }) : say('join'), name, one, () => this.workspace.assist(one.id))}
                ${this.act('intervene', say('intervene'), name, one, () => this.workspace.intervene(one.id))}`
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
      if (refused > 0) this.problem = () => say('waiting.refused', { n: refused, all: ids.length });
    } catch (error) {
      this.problem = () => say('waiting.failed', { reason: errorSaying(error) });
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
    return html`<span class="offer">${this.act('assist', say('join.them'), visitorOf(taken), taken, () => this.workspace.assist(taken.id))}</span>`;
  }

  private act(testid: string, label: string, name: string, one: ListedChat, act: () => Promise<void>, primary = false) {
    return html`<button class="button small ${primary ? 'primary' : ''}" data-testid="listed-${testid}" aria-label=${say('act.of', { act: label, name })}
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
      this.problem = () => say('act.failed', { name: visitorOf(one), reason: errorSaying(error) });
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
  return [room && say('room', { room }), lang].filter(Boolean).join(' · ');
}

customElements.define('console-listed', LiveListView);
