// The dialog that blocks a chat's visitor for a time, and lifts blocks. Fires `closed` when it closes.

import { html, nothing } from 'lit';
import { isolate } from '../ui/direction';
import { errorText, momentText } from '../ui/format';
import { ConsoleElement, ModelController } from './console-element';
import { closeIcon } from './icons';
import { type Block, Blocks, blockVisitor } from './model/blocks';
import type { Conversation } from './model/conversation';

const hour = 3600;
const times = [
  ['1 hour', hour],
  ['1 day', 24 * hour],
  ['1 week', 7 * 24 * hour],
  ['30 days', 30 * 24 * hour],
] as const;

class BlockDialog extends ConsoleElement {
  static override properties = { conversation: { attribute: false }, busy: { state: true }, problem: { state: true } };
  declare conversation: Conversation;
  declare private busy: boolean;
  declare private problem: string;
  private readonly blocks = new Blocks();

  constructor() {
    super();
    this.busy = false;
    this.problem = '';
    new ModelController(this, () => this.blocks);
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
    void this.blocks.refresh();
  }

  protected override render() {
    const { list } = this.blocks;
    const problem = this.problem || this.blocks.problem;
    return html`
      <dialog class="dialog" aria-labelledby="block-title" aria-describedby="block-about" data-testid="block-dialog"
        @close=${() => this.dispatchEvent(new Event('closed'))}>
        <form @submit=${this.submit}>
          <header class="dialog-head">
            <h2 id="block-title">Block ${isolate(this.conversation.visitorName)}</h2>
            <button type="button" class="button plain icon" aria-label="Close" @click=${() => this.dialog.close()}>${closeIcon}</button>
          </header>
          <p class="quiet" id="block-about">They can neither write nor begin a chat, and are not told why or for how long.</p>
          <label class="field">
            <span>For</span>
            <select class="input" name="seconds" data-testid="block-time" autofocus>
              ${times.map(([label, seconds]) => html`<option value=${seconds} ?selected=${seconds === 24 * hour}>${label}</option>`)}
            </select>
          </label>
          <label class="field">
            <span>Reason <small>(for colleagues)</small></span>
            <input class="input" name="reason" maxlength="200" dir="auto" autocomplete="off" data-testid="block-reason">
          </label>
          <label class="check"><input type="checkbox" name="address" data-testid="block-address"> Block the address too, with everybody who shares it</label>
          ${this.conversation.ended ? nothing : html`<label class="check"><input type="checkbox" name="close" checked> Close the chat</label>`}
          <div role="alert">${problem ? html`<p class="error">${problem}</p>` : nothing}</div>
          <div class="dialog-acts">
            <button type="button" class="button" @click=${() => this.dialog.close()}>Cancel</button>
            <button class="button danger" data-testid="block-confirm" ?disabled=${this.busy}>Block</button>
          </div>
        </form>
        ${list.length > 0 ? html`<h3 id="blocks-title">Blocked now</h3><ul class="blocks" aria-labelledby="blocks-title">${list.map((one) => this.blocked(one))}</ul>` : nothing}
      </dialog>
    `;
  }

  private blocked(one: Block) {
    const who = isolate(one.name || one.address || 'Visitor');
    const about = [`until ${momentText(one.until * 1000)}`, one.byName && `by ${isolate(one.byName)}`, one.reason && isolate(one.reason)];
    return html`
      <li data-testid="block">
        <span><strong>${who}</strong> <span class="quiet">${about.filter(Boolean).join(' · ')}</span></span>
        <button class="button small" data-testid="block-lift" aria-label="Lift the block of ${who}" @click=${() => this.lift(one)}>Lift</button>
      </li>
    `;
  }

  private get dialog(): HTMLDialogElement {
    return this.querySelector('dialog')!;
  }

  /** The button that had the focus goes with its block. */
  private async lift(one: Block): Promise<void> {
    await this.blocks.lift(one.id);
    this.querySelector<HTMLElement>('[data-testid="block-time"]')?.focus();
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    this.busy = true;
    this.problem = '';
    try {
      const { conversation } = this;
      const reason = String(form.get('reason') ?? '').trim();
      await blockVisitor(conversation.id, {
        seconds: Number(form.get('seconds')),
        address: form.has('address'),
        ...(reason && { reason }),
      });
      this.dialog.close();
      if (form.has('close')) await conversation.close();
    } catch (error) {
      this.problem = `The visitor could not be blocked. ${errorText(error)}`;
    }
    this.busy = false;
  }
}

customElements.define('console-block', BlockDialog);
