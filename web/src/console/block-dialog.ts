// The dialog that blocks a chat's visitor for a time, and lifts blocks. Fires `closed` when it closes.

import { html, nothing } from 'lit';
import type { Saying } from '../ui/element';
import { momentText } from '../ui/format';
import { ConsoleElement, ModelController } from './console-element';
import { closeIcon } from './icons';
import { type Block, Blocks, blockVisitor } from './model/blocks';
import type { Conversation } from './model/conversation';
import { errorSaying, isolated, said, say, texts } from './texts';

const hour = 3600;
const times = [
  [1, 'hour', hour],
  [1, 'day', 24 * hour],
  [1, 'week', 7 * 24 * hour],
  [30, 'day', 30 * 24 * hour],
] as const;

class BlockDialog extends ConsoleElement {
  static override properties = { conversation: { attribute: false }, busy: { state: true }, problem: { state: true } };
  declare conversation: Conversation;
  declare private busy: boolean;
  declare private problem: Saying;
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
            <h2 id="block-title">${say('block.who', { name: this.conversation.visitorName })}</h2>
            <button type="button" class="button plain icon" aria-label=${say('close')} @click=${() => this.dialog.close()}>${closeIcon}</button>
          </header>
          <p class="quiet" id="block-about">${say('block.about')}</p>
          <label class="field">
            <span>${say('block.for')}</span>
            <select class="input" name="seconds" data-testid="block-time" autofocus>
              ${times.map(([n, unit, seconds]) => html`<option value=${seconds} ?selected=${seconds === 24 * hour}>${texts.unit(n, unit)}</option>`)}
            </select>
          </label>
          <label class="field">
            <span>${say('block.reason')} <small>${say('block.reasonFor')}</small></span>
            <input class="input" name="reason" maxlength="200" dir="auto" autocomplete="off" data-testid="block-reason">
          </label>
          <label class="check"><input type="checkbox" name="address" data-testid="block-address"> ${say('block.address')}</label>
          ${this.conversation.ended ? nothing : html`<label class="check"><input type="checkbox" name="close" checked> ${say('block.close')}</label>`}
          <div role="alert">${problem ? html`<p class="error">${said(problem)}</p>` : nothing}</div>
          <div class="dialog-acts">
            <button type="button" class="button" @click=${() => this.dialog.close()}>${say('cancel')}</button>
            <button class="button danger" data-testid="block-confirm" ?disabled=${this.busy}>${say('block')}</button>
          </div>
        </form>
        ${list.length > 0 ? html`<h3 id="blocks-title">${say('block.now')}</h3><ul class="blocks" aria-labelledby="blocks-title">${list.map((one) => this.blocked(one))}</ul>` : nothing}
      </dialog>
    `;
  }

  private blocked(one: Block) {
    const who = one.name || one.address || say('visitor');
    const about = [
      say('block.until', { time: momentText(one.until * 1000, texts.locale) }),
      one.byName && say('block.by', { name: one.byName }),
      one.reason && isolated(one.reason),
    ];
    return html`
      <li data-testid="block">
        <span><strong>${isolated(who)}</strong> <span class="quiet">${about.filter(Boolean).join(' · ')}</span></span>
        <button class="button small" data-testid="block-lift" aria-label=${say('block.liftOf', { name: who })} @click=${() => this.lift(one)}>${say('block.lift')}</button>
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
      this.problem = () => say('block.failed', { reason: errorSaying(error) });
    }
    this.busy = false;
  }
}

customElements.define('console-block', BlockDialog);
