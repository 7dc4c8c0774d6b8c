// The base of the forms for settings: what is typed is kept apart from what is stored, and stored on request, unless somebody else has
// changed the same meanwhile. Then the form says what, and keeps what was typed.

import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { live } from 'lit/directives/live.js';
import type { ParleyError } from '../../../../index';
import type { Saying } from '../../../ui/element';
import { ConsoleElement, ModelController } from '../../console-element';
import { focusIn } from '../../focus';
import { unsaved } from '../../model/unsaved';
import { errorSaying, said, say } from '../../texts';
import type { AppSettings, ManagedSettings } from '../model/app-settings';
import { changesBetween, type Line } from '../model/meanwhile';
import { type Control, refusalSaying } from './refusals';

/** How an input is. */
interface Look {
  type?: 'text' | 'url' | 'number' | 'time' | 'date';
  /** So many lines. */
  rows?: number;
  /** Characters, or what a number is at most. */
  max?: number;
  list?: string;
}

/** Others may be faster so often in a row. */
const tries = 5;

export abstract class SettingForm<Value> extends ConsoleElement {
  static override properties = {
    settings: { attribute: false },
    stored: { state: true },
    theirs: { state: true },
    problem: { state: true },
  };
  declare settings: AppSettings;
  /** What is typed. */
  protected draft: Value | undefined;
  /** What was stored when the form was filled in. */
  private base: string | undefined;
  private busy = false;
  declare private stored: boolean;
  /** What somebody else has changed; undefined if nobody has. */
  declare private theirs: [name: string, text: string | undefined][] | undefined;
  /** Why it was refused; `at` is the path of the field, '' for the form. */
  declare private problem: { at: string; text: Saying };

  constructor() {
    super();
    this.stored = false;
    this.problem = { at: '', text: '' };
    new ModelController(this, () => this.settings);
  }

  /** The part of the settings that the form is about. */
  protected abstract pick(all: ManagedSettings): Value;
  /** The change that makes it so. */
  protected abstract change(value: Value): Record<string, unknown>;
  /** It in words. */
  protected abstract lines(value: Value): Line[];
  protected abstract fields(value: Value): TemplateResult;

  private get dirty(): boolean {
    return this.draft !== undefined && !this.same(this.draft, JSON.parse(this.base!));
  }

  /** Whether two of them are stored as the same, whatever is empty in them. */
  private same(one: Value, other: Value): boolean {
    return sorted(this.change(one)) === sorted(this.change(other));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    unsaved.delete(this);
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const { now } = this.settings;
    const untouched = JSON.stringify(this.draft) === this.base; // a blank that is typed is kept, though it would not be stored
    if (now && !this.theirs && untouched) this.fill(now);
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    unsaved[this.dirty && this.isConnected ? 'add' : 'delete'](this);
  }

  protected override render() {
    if (this.draft === undefined) return nothing;
    const { problem, theirs } = this;
    return html`
      <form class="setting" novalidate @submit=${this.submit}>
        ${this.fields(this.draft)}
        <div role="alert">
          ${problem.text && !problem.at ? html`<p class="error" data-testid="setting-error">${said(problem.text)}</p>` : nothing}
          ${
            theirs
              ? html`<div class="error" data-testid="setting-conflict"><p>${say('set.changed')}</p>
                <ul>${theirs.map(([name, text]) => html`<li>${text === undefined ? say('set.gone', { name }) : html`<bdi>${name}</bdi>${text && html`: <bdi>${text}</bdi>`}`}</li>`)}</ul></div>`
              : nothing
          }
        </div>
        <div class="acts">
          <button class="button primary" data-testid="setting-save">${say(theirs ? 'set.mine' : 'team.save')}</button>
          ${theirs ? html`<button type="button" class="button" data-testid="setting-theirs" @click=${this.takeTheirs}>${say('set.theirs')}</button>` : nothing}
          <span role="status" class="quiet" data-testid="setting-said">${this.dirty ? say('set.unsaved') : this.stored ? say('set.saved') : nothing}</span>
        </div>
      </form>
    `;
  }

  /** A field for a text. `path` is the setting's, as the server names it. */
  protected field(path: string, label: string, value: string, change: (value: string) => void, look: Look = {}): TemplateResult {
    const { type = 'text', rows, max = rows ? 100_000 : 200, list = nothing } = look;
    const { id, invalid, problem } = this.stateOf(path);
    const input = this.changer(path, change);
    const control = rows
      ? html`<textarea class="input" rows=${rows} dir="auto" data-path=${path} data-testid=${id} maxlength=${max}
          aria-invalid=${invalid} aria-describedby=${problem} .value=${live(value)} @input=${input}></textarea>`
      : html`<input class="input" type=${type} dir=${/time|date/.test(type) ? nothing : 'auto'} min=${type === 'number' ? 0 : nothing} max=${type === 'number' ? max : nothing} data-path=${path} data-testid=${id} maxlength=${max}
          list=${list} autocomplete="off" aria-invalid=${invalid} aria-describedby=${problem} .value=${live(value)} @input=${input}>`;
    return this.labelled(path, label, control);
  }

  /** A choice between values, each with its label. */
  protected choice(path: string, label: string, value: string, all: readonly Line[], change: (value: string) => void): TemplateResult {
    const { id, invalid, problem } = this.stateOf(path);
    return this.labelled(
      path,
      label,
      html`<select class="input" data-path=${path} data-testid=${id} aria-invalid=${invalid} aria-describedby=${problem} @change=${this.changer(path, change)}>
        ${all.map(([one, text]) => html`<option value=${one} .selected=${live(one === value)}>${text}</option>`)}
      </select>`,
    );
  }

  private stateOf(path: string) {
    const id = `set-${path}`;
    const wrong = this.problem.at === path;
    return { id, invalid: wrong ? ('true' as const) : nothing, problem: wrong ? `${id}-problem` : nothing };
  }

  private changer(path: string, change: (value: string) => void) {
    return (event: Event) => {
      change((event.target as Control).value);
      this.touched(path);
    };
  }

  /** A control with its label, and what is wrong with it. */
  private labelled(path: string, label: string, control: TemplateResult): TemplateResult {
    const { at, text } = this.problem;
    return html`<label class="field"><span>${label}</span> ${control}
      ${at === path ? html`<small class="field-problem" id=${`set-${path}-problem`} data-testid="field-problem">${said(text)}</small>` : nothing}
    </label>`;
  }

  protected tick(path: string, label: string, value: boolean, change: (value: boolean) => void): TemplateResult {
    return html`<label class="check"><input type="checkbox" data-path=${path} data-testid=${`set-${path}`} .checked=${live(value)} @change=${(
      event: Event,
    ) => {
      change((event.target as HTMLInputElement).checked);
      this.touched(path);
    }}> ${label}</label>`;
  }

  /** What adds something to a list: its first field gets the focus, which `path` names. */
  protected adder(id: string, label: string, add: () => void, path: () => string, name?: string): TemplateResult {
    return html`<div><button type="button" class="button small" data-testid=${`add-${id}`} aria-label=${name ?? nothing} @click=${async () => {
      add();
      this.touched();
      await this.updateComplete;
      this.goTo(path());
    }}>${label}</button></div>`;
  }

  /** What removes something from a list; what adds to it gets the focus. */
  protected remover(id: string, name: string, remove: () => void): TemplateResult {
    return html`<button type="button" class="button small" data-testid=${`remove-${id}`} aria-label=${say('set.removeOf', { name })} @click=${() => {
      remove();
      this.touched();
      void focusIn(this, `[data-testid="add-${id}"]`);
    }}>${say('remove')}</button>`;
  }

  /** What moves an item of a list up; nothing for the first. It takes the focus along, so that it can be moved again; of the first item a field has it, by its path. */
  protected riser<T>(id: string, list: T[], at: number, name: string, first: string): TemplateResult | typeof nothing {
    if (at === 0) return nothing;
    const up = `${id}-up`;
    return html`<button type="button" class="button small" data-testid=${up} aria-label=${say('set.upOf', { name })} @click=${async () => {
      list.splice(at - 1, 0, ...list.splice(at, 1));
      this.touched();
      await this.updateComplete;
      if (at === 1) this.goTo(first);
      else this.querySelectorAll<HTMLElement>(`[data-testid="${up}"]`)[at - 2]!.focus(); // the first item has none
    }}>${say('set.up')}</button>`;
  }

  /** Something was typed, in the field of a path if one is given. */
  protected touched(path?: string): void {
    if (path === undefined || this.problem.at === path) this.problem = { at: '', text: '' };
    this.stored = false;
    this.requestUpdate();
  }

  private fill(now: ManagedSettings): void {
    const value = this.pick(now);
    this.base = JSON.stringify(value);
    this.draft = structuredClone(value);
  }

  private takeTheirs(): void {
    this.theirs = undefined;
    this.fill(this.settings.now!);
    void focusIn(this, '[data-testid="setting-save"]');
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy || this.draft === undefined) return;
    this.busy = true;
    this.stored = false;
    this.problem = { at: '', text: '' };
    this.theirs = undefined;
    try {
      for (let attempt = 0; attempt < tries && !this.stored && !this.theirs; attempt++) await this.store(this.draft);
    } catch (error) {
      await this.refused(error);
    }
    this.busy = false;
  }

  /** Stores the draft, if what it was made from is stored still. */
  private async store(draft: Value): Promise<void> {
    const now = this.pick(this.settings.now!);
    const before: Value = JSON.parse(this.base!);
    if (!this.same(now, before)) {
      const lines = this.lines(now);
      const changes = changesBetween(this.lines(before), lines);
      this.theirs = changes.length > 0 ? changes : lines.map(([name, text]) => [name, text]); // none: their order is another one
      this.base = JSON.stringify(now);
      return;
    }
    const sent = JSON.stringify(draft);
    if (!(await this.settings.store(this.change(draft)))) return;
    this.base = JSON.stringify(this.pick(this.settings.now!));
    if (JSON.stringify(this.draft) === sent) this.fill(this.settings.now!); // else somebody has typed on
    this.stored = true;
  }

  /** Shows why at the field that the server names, or at the nearest there is. */
  private async refused(error: unknown): Promise<void> {
    const { field = '' } = error as Partial<ParleyError>;
    for (let at = field; at; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      const control = this.find(at);
      if (!control) continue;
      this.problem = { at, text: refusalSaying(error as ParleyError, control) };
      await this.updateComplete;
      this.goTo(at);
      return;
    }
    this.problem = { at: '', text: errorSaying(error) };
  }

  protected find(path: string): Control | null {
    return this.querySelector<Control>(`[data-path="${CSS.escape(path)}"]`);
  }

  private goTo(path: string): void {
    const control = this.find(path);
    control?.closest('details')?.setAttribute('open', '');
    control?.focus();
  }
}

/** What is typed one a line. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

/** Changes the item of a list at a place, which stays the same one. */
export function replaceAt<T extends object>(list: T[], at: number, change: Partial<T>): void {
  Object.assign(list[at]!, change);
}

/** As JSON, whatever the order in which the members of its objects were set. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    one && typeof one === 'object' && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}
