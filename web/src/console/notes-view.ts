// The notes and tags of a chat, in its details. They are for agents alone, and are shown as text.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { timeText } from '../ui/format';
import { composing } from '../ui/keys';
import { ConsoleElement, ModelController } from './console-element';
import { focusIn } from './focus';
import { closeIcon } from './icons';
import type { Note, Notes } from './model/notes';
import type { Workspace } from './model/workspace';
import { isolated, said, say, texts } from './texts';

class NotesView extends ConsoleElement {
  static override properties = { of: { attribute: false }, workspace: { attribute: false }, listId: {}, busy: { state: true } };
  declare of: Notes;
  declare workspace: Workspace;
  /** Of the suggested tags. */
  declare listId: string;
  declare private busy: boolean;

  constructor() {
    super();
    this.busy = false;
    new ModelController(this, () => this.of);
    new ModelController(this, () => this.workspace.settings);
  }

  protected override render() {
    const { list, tags, problem } = this.of;
    return html`
      <div role="alert">${problem ? html`<p class="error" data-testid="notes-problem">${said(problem)}</p>` : nothing}</div>
      <h3>${say('tags')}</h3>
      ${
        tags.length > 0
          ? html`<ul class="chips">${tags.map(
              (
                tag,
              ) => html`<li class="chip" data-testid="chat-tag"><span dir="auto">${tag}</span><button class="button plain icon" data-testid="tag-remove"
                aria-label=${say('tags.remove', { tag })} ?disabled=${this.busy} @click=${() => this.untag(tag)}>${closeIcon}</button></li>`,
            )}</ul>`
          : nothing
      }
      <form class="tagging" @submit=${this.tag}>
        <input class="input" name="tag" maxlength="40" dir="auto" autocomplete="off" aria-label=${say('tags.new')} placeholder=${say('tags.new')} list=${this.listId} required
          data-testid="tag-new">
        <datalist id=${this.listId}>${this.workspace.settings.tags.filter((tag) => !tags.includes(tag.toLowerCase())).map((tag) => html`<option value=${tag}></option>`)}</datalist>
        <button class="button small" data-testid="tag-add" ?disabled=${this.busy}>${say('tags.add')}</button>
      </form>
      <h3>${say('notes')} <small>${say('notes.about')}</small></h3>
      <ul class="notes">${repeat(
        list,
        (one) => one.id,
        (one) => this.note(one),
      )}</ul>
      <form class="noting" @submit=${this.submit}>
        <textarea class="input" name="text" rows="2" maxlength="2000" dir="auto" aria-label=${say('notes.new')} placeholder=${say('notes.hint')} required
          data-testid="note-new" @keydown=${this.key}></textarea>
        <button class="button small" data-testid="note-add" ?disabled=${this.busy}>${say('notes.add')}</button>
      </form>
    `;
  }

  private note(one: Note) {
    const { me, supervisor } = this.workspace;
    return html`
      <li class="note" data-testid="note">
        <p class="note-text" dir="auto">${one.text}</p>
        <p class="quiet">${one.byName ? isolated(one.byName) : say('notes.program')} · <time datetime=${new Date(one.created * 1000).toISOString()}>${timeText(one.created * 1000, texts.locale)}</time>
          ${
            one.by === me.id || supervisor
              ? html`<button class="button small plain" data-testid="note-remove" aria-label=${say('notes.remove', { text: one.text.slice(0, 60) })}
                ?disabled=${this.busy} @click=${() => this.removeNote(one)}>${say('remove')}</button>`
              : nothing
          }</p>
      </li>
    `;
  }

  /** Enter begins a line, as notes are long; with Ctrl or Cmd it adds the note. */
  private key(event: KeyboardEvent): void {
    if (composing(event) || event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    (event.target as HTMLTextAreaElement).form!.requestSubmit();
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const text = String(new FormData(form).get('text')).trim();
    if (text) void this.act(() => this.of.add(text), form);
  }

  private tag(event: SubmitEvent): void {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const tag = String(new FormData(form).get('tag')).trim();
    if (tag) void this.act(() => this.of.retag({ add: [tag] }), form);
  }

  /** The button that had the focus goes with its tag. */
  private async untag(tag: string): Promise<void> {
    await this.act(() => this.of.retag({ remove: [tag] }));
    await focusIn(this, '[data-testid="tag-new"]');
  }

  private async removeNote(one: Note): Promise<void> {
    await this.act(() => this.of.remove(one.id));
    await focusIn(this, '[data-testid="note-new"]');
  }

  /** Does one thing at a time. A form is empty again once it has succeeded. */
  private async act(what: () => Promise<boolean>, form?: HTMLFormElement): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    if (await what()) form?.reset();
    this.busy = false;
  }
}

customElements.define('console-notes', NotesView);
