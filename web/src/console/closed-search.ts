// The form by which closed chats are found: by name, words, tag and days. The server reads a bounded part at a time.

import { html, nothing } from 'lit';
import { ConsoleElement, ModelController } from './console-element';
import { focusIn } from './focus';
import type { Search } from './model/listed-chats';
import { readSearch } from './model/search';
import type { Workspace } from './model/workspace';
import { say } from './texts';

class ClosedSearch extends ConsoleElement {
  static override properties = { workspace: { attribute: false } };
  declare workspace: Workspace;

  constructor() {
    super();
    new ModelController(this, () => this.workspace.lists.closed);
    new ModelController(this, () => this.workspace.settings);
  }

  protected override render() {
    const { closed } = this.workspace.lists;
    return html`
      <details class="search" ?open=${closed.search !== undefined}>
        <summary data-testid="search-open">${say('search')}</summary>
        <form @submit=${this.submit}>
          ${this.field('name', say('search.name'))}
          ${this.field('words', say('search.words'))}
          ${this.field('tag', say('search.tag'), 'text', 'search-tags')}
          <datalist id="search-tags">${this.workspace.settings.tags.map((tag) => html`<option value=${tag}></option>`)}</datalist>
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
