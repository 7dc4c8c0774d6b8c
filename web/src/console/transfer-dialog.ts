// The dialog that transfers a chat to an agent or to a room. Fires `closed` when it closes.

import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { avatar } from '../ui/avatar';
import type { Saying } from '../ui/element';
import { ConsoleElement, ModelController } from './console-element';
import { closeIcon } from './icons';
import type { Conversation } from './model/conversation';
import { type TransferTarget, TransferTargets } from './model/transfer';
import type { Workspace } from './model/workspace';
import { errorSaying, said, say } from './texts';

class TransferDialog extends ConsoleElement {
  static override properties = {
    conversation: { attribute: false },
    workspace: { attribute: false },
    typed: { state: true },
    chosen: { state: true },
    busy: { state: true },
    problem: { state: true },
  };
  declare conversation: Conversation;
  declare workspace: Workspace;
  declare private typed: string;
  declare private chosen: string;
  declare private busy: boolean;
  declare private problem: Saying;
  private targets!: TransferTargets;

  constructor() {
    super();
    this.typed = '';
    this.chosen = '';
    this.busy = false;
    this.problem = '';
    new ModelController(this, () => this.targets);
  }

  override willUpdate(): void {
    const { chat, room } = this.conversation;
    this.targets ??= new TransferTargets(this.workspace.settings, new Set(chat.users.map((user) => user.id)), room);
  }

  protected override firstUpdated(): void {
    this.requestUpdate(); // the controller could not watch the targets before they existed
    this.dialog.showModal();
  }

  protected override render() {
    const list = this.targets.matching(this.typed);
    return html`
      <dialog class="dialog" aria-labelledby="transfer-title" data-testid="transfer-dialog" @close=${this.closed}>
        <form @submit=${this.submit}>
          <header class="dialog-head">
            <h2 id="transfer-title">${say('transfer.who', { name: this.conversation.visitorName })}</h2>
            <button type="button" class="button plain icon" aria-label=${say('close')} @click=${() => this.dialog.close()}>${closeIcon}</button>
          </header>
          <label class="field">
            <span>${say('transfer.find')}</span>
            <input class="input" type="search" dir="auto" data-testid="transfer-search" autocomplete="off" autofocus .value=${this.typed} @input=${this.search}
              @keydown=${this.searchKey}>
          </label>
          <fieldset class="targets">
            <legend class="visually-hidden">${say('transfer.to')}</legend>
            ${this.targets.loading ? html`<p class="quiet" role="status">${say('transfer.loading')}</p>` : nothing}
            ${!this.targets.loading && list.length === 0 ? html`<p class="quiet" role="status">${say('transfer.none')}</p>` : nothing}
            ${repeat(
              list,
              (one) => one.key,
              (one) => this.target(one),
            )}
          </fieldset>
          <div role="alert">${this.problem || this.targets.problem ? html`<p class="error">${said(this.problem || this.targets.problem)}</p>` : nothing}</div>
          <div class="dialog-acts">
            <button type="button" class="button" @click=${() => this.dialog.close()}>${say('cancel')}</button>
            <button class="button primary" data-testid="transfer-confirm" ?disabled=${this.busy || !this.chosenOf(list)}>${say(this.busy ? 'transfer.busy' : 'transfer')}</button>
          </div>
        </form>
      </dialog>
    `;
  }

  private target(one: TransferTarget) {
    return html`
      <label class="target" data-testid="transfer-target" data-possible=${String(one.possible)}>
        <input type="radio" name="target" value=${one.key} .checked=${this.chosen === one.key} ?disabled=${!one.possible}
          @change=${() => (this.chosen = one.key)}>
        ${guard([one.agent], () => (one.agent ? avatar({ ...one.agent, name: one.label }) : nothing))}
        <span class="target-name" dir="auto">${one.label()}</span>
        <span class="quiet">${one.about()}</span>
      </label>
    `;
  }

  private get dialog(): HTMLDialogElement {
    return this.querySelector('dialog')!;
  }

  /** The chosen target, if the list still has it and it can be chosen. */
  private chosenOf(list: readonly TransferTarget[]): TransferTarget | undefined {
    return list.find((one) => one.key === this.chosen && one.possible);
  }

  private search(event: InputEvent): void {
    this.typed = (event.target as HTMLInputElement).value;
    const possible = this.targets.matching(this.typed).filter((one) => one.possible);
    if (this.typed && possible.length === 1) this.chosen = possible[0]!.key;
  }

  private searchKey(event: KeyboardEvent): void {
    // In WebKit a search field keeps Escape from its dialog, even when there is nothing to empty.
    if (event.key === 'Escape' && !this.typed) return this.dialog.close();
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    this.querySelector<HTMLElement>('[name="target"]:not(:disabled)')?.focus();
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const target = this.chosenOf(this.targets.matching(this.typed));
    if (!target || this.busy) return;
    this.busy = true;
    this.problem = '';
    try {
      await this.conversation.transfer(target);
      this.dialog.close();
    } catch (error) {
      this.problem = () => say('transfer.failed', { reason: errorSaying(error) });
    }
    this.busy = false;
  }

  private closed(): void {
    this.dispatchEvent(new Event('closed'));
  }
}

customElements.define('console-transfer', TransferDialog);
