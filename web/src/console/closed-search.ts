// The form by which closed chats are found: by name, words, tag and days. The server reads a bounded part at a time.

import { html, nothing } from 'lit';
import { ask } from '../ui/api';
import { ConsoleElement, ModelController } from './console-element';
import { focusIn } from './focus';
import type { Search } from './model/listed-chats';
import { readSearch } from './model/search';
import type { Workspace } from './model/workspace';
import { isolated, say } from './texts';

interface Colleague {
  id: string;
  name: string;
}

class ClosedSearch extends ConsoleElement {
  static override properties = { workspace: { attribute: false }, team: { state: true } };
  declare workspace: Workspace;
  declare private team: readonly Colleague[];

  constructor() {
    super();
    this.team = [];
    new ModelController(this, () => this.workspace.lists.closed);
    new ModelController(this, () => this.workspace.settings);
  }

  protected override render() {
    const { closed } = this.workspace.lists;
    return html`
      <details class="search" ?open=${closed.search !== undefined} @toggle=${this.opened}>
        <summary data-testid="search-open">${say('search')}</summary>
        <form @submit=${this.submit}>
          ${this.field('name', say('search.name'))}
          ${this.field('words', say('search.words'))}
          ${this.field('tag', say('search.tag'), 'text', 'search-tags')}
          <datalist id="search-tags">${this.workspace.settings.tags.map((tag) => html`<option value=${tag}></option>`)}</datalist>
          ${this.workspace.supervisor ? this.agents() : nothing}
          ${this.field('since', say('search.from'), 'date')}
          ${this.field('until', say('search.to'), 'date')}
          <div class="dialog-acts">
            ${closed.search ? html`<button type="button" class="button small" data-testid="search-clear" @click=${this.clear}>${say('search.clear')}</button>` : nothing}
            <button class="button small primary" data-testid="search-go" ?disabled=${closed.busy}>${say('search')}</button>
          </div>
        </form>
      </details>
    `;
  }

  /** The agents who were in the chats, for supervisors, who see those of others. */
  private agents() {
    return html`<label class="field"><span>${say('agent')}</span>
      <select class="input" name="agentId" data-testid="search-agentId">
        <option value="">${say('audit.everybody')}</option>
        ${this.team.map(({ id, name }) => html`<option value=${id}>${isolated(name)}</option>`)}
      </select></label>`;
  }

  private async opened(event: Event): Promise<void> {
    if (!this.workspace.supervisor || this.team.length > 0 || !(event.target as HTMLDetailsElement).open) return;
    try {
      this.team = (await ask<{ agents: Colleague[] }>('/agents', { disabled: true })).agents;
    } catch {
      // The connection banner shows why; the form is opened again.
    }
  }

  private field(name: keyof Search, label: string, type: 'text' | 'date' = 'text', list?: string) {
    return html`<label class="field"><span>${label}</span>
      <input class="input" name=${name} type=${type} dir="auto" maxlength="200" autocomplete="off" list=${list ?? nothing} data-testid="search-${name}"></label>`;
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const search = readSearch(new FormData(event.target as HTMLFormElement));
    void this.workspace.lists.closed.find(Object.keys(search).length > 0 ? search : undefined);
  }

  private async clear(): Promise<void> {
    this.querySelector('form')!.reset();
    await this.workspace.lists.closed.find(undefined);
    await focusIn(this, 'summary');
  }
}

customElements.define('console-search', ClosedSearch);
