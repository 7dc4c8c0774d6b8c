// The messages of a chat. What people wrote is shown as text; what a program sent as HTML is sanitised.

import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import { fileRow, fileView } from '../ui/file-view';
import { beginsDay, clockText, dayText, inOneRun, momentText } from '../ui/format';
import { textView } from '../ui/html-text';
import { tick } from '../ui/icons';
import { keepPlace } from '../ui/keep-place';
import { showPicture } from '../ui/picture';
import { ConsoleElement, ModelController } from './console-element';
import type { Observable } from './model/observable';
import type { Participants } from './model/participants';
import type { Line } from './model/transcript';
import { said, say, texts } from './texts';

/** What shows messages needs of an open or an archived chat. */
export interface ConversationView extends Observable {
  readonly lines: readonly Line[];
  readonly visitorName: string;
  readonly participants: Pick<Participants, 'nameOf' | 'roleOf'>;
  /** Told whether the end of the messages is in view; not there for an archived chat. */
  reach?(end: boolean): void;
  /** Sends again what was not sent; not there for an archived chat. */
  readonly outgoing?: { retry(line: Line): Promise<void> };
}

class MessagesView extends ConsoleElement {
  static override properties = { conversation: { attribute: false }, atEnd: { state: true } };
  declare conversation: ConversationView;
  /** The end of the messages is in view. */
  declare private atEnd: boolean;
  private lastKey: string | undefined;
  /** How many lines there were at the last update. */
  private shown = 0;
  /** How many messages of others there were when the end was last in view. */
  private reached = 0;
  private readonly end = new IntersectionObserver((entries) => this.reach(entries.at(-1)!.isIntersecting));

  constructor() {
    super();
    this.atEnd = true;
    new ModelController(this, () => this.conversation);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.lookForEnd();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.end.disconnect();
    this.conversation.reach?.(false);
  }

  protected override firstUpdated(): void {
    keepPlace(this.log, this.querySelector('.lines')!);
    this.lookForEnd();
  }

  /** Has the browser say, with its next frame, whether the end is in view. */
  private lookForEnd(): void {
    this.end.disconnect();
    this.end.observe(this.querySelector('.log-end')!);
  }

  protected override render() {
    const { lines } = this.conversation;
    const days = daysOf(lines);
    const below = this.atEnd ? 0 : this.others - this.reached;
    return html`
      <div class="log" role="log" aria-live="polite" aria-label=${say('log', { name: this.conversation.visitorName })} tabindex="0"
        data-testid="chat-log">
        <div class="lines">
          ${repeat(
            lines,
            (line) => line.key,
            (line, at) =>
              line.kind === 'notice' ? html`<p class="notice">${line.notice?.()}</p>` : this.message(line, lines[at - 1], days.get(line)),
          )}
          <div class="log-end"></div>
        </div>
      </div>
      <div class="below">
        ${
          below > 0
            ? html`<button class="button small" data-testid="chat-below" @click=${this.readBelow}>${say('log.below', { n: below })}</button>`
            : nothing
        }
      </div>
    `;
  }

  /** After a new message: scrolls to it if it is the agent's own, and says whether the end is in view. */
  protected override updated(): void {
    if (this.atEnd) this.reached = this.others;
    const { lines } = this.conversation;
    const last = lines.at(-1);
    if (last?.key === this.lastKey && lines.length === this.shown) return;
    if (last?.own && last.key !== this.lastKey) this.log.scrollTop = 0;
    this.lastKey = last?.key;
    this.shown = lines.length;
    // The details may cover the log since the last frame, of which the observer has not told yet.
    this.reach(this.atEnd && this.log.getClientRects().length > 0);
    this.lookForEnd();
  }

  private get log(): HTMLElement {
    return this.querySelector('.log')!;
  }

  /** How many messages are there of others. */
  private get others(): number {
    return this.conversation.lines.filter(({ kind, own }) => kind === 'message' && !own).length;
  }

  private reach(end: boolean): void {
    this.atEnd = end;
    this.conversation.reach?.(end);
  }

  private readBelow(): void {
    this.log.scrollTop = 0;
    this.log.focus();
  }

  private message(line: Line, before: Line | undefined, day: string | undefined) {
    const { own, imported, redacted, sender } = line;
    const { participants } = this.conversation;
    const role = own ? '' : participants.roleOf(sender);
    const follows =
      before?.kind === 'message' && before.sender === sender && before.imported === imported && inOneRun(before.time, line.time);
    return html`
      ${day ? html`<div class="day-line" data-testid="chat-day">${day}</div>` : nothing}
      <div class="message ${follows ? 'follows' : ''}" data-testid="chat-message" data-own=${String(own)} data-status=${line.status ?? nothing}
        data-imported=${imported || nothing} data-redacted=${redacted || nothing}>
        <span class=${follows || own ? 'visually-hidden' : 'who'} dir="auto">${own ? say('you') : participants.nameOf(sender)}<span class="origin">${role ? ` · ${say(`role.${role}`)}` : ''}${
          imported ? ` ${say('log.earlier')}` : ''
        }</span></span>
        <div class="bubble" dir="auto">${this.content(line)}</div>
        <div class="foot">
          <time datetime=${new Date(line.time).toISOString()} title=${momentText(line.time, texts.locale)}>${clockText(line.time, texts.locale)}</time>
          ${guard([line.status], () => (line.status ? tick(line.status, texts) : nothing))}
        </div>
        ${line.status === 'failed' ? this.failure(line) : nothing}
      </div>
    `;
  }

  private content({ media, file, text, format, status, redacted, progress = 0 }: Line) {
    if (redacted) return say('message.removed');
    if (media) return guard([media], () => fileView(media, texts, showPicture));
    if (!file) return guard([text, format], () => textView(text, format));
    return html`
      ${guard([file], () => fileRow(text, file.size, texts))}
      ${status === 'pending' ? html`<progress max="100" value=${progress} aria-label=${say('sending', { name: text })} data-testid="upload-progress"></progress>` : nothing}
    `;
  }

  private failure(line: Line) {
    return html`
      <div class="failure" role="alert">
        <span>${say('failed', { reason: () => said(line.error ?? '') })}</span>
        <button class="button" data-testid="chat-retry" @click=${() => this.conversation.outgoing?.retry(line)}>${say('retry')}</button>
      </div>
    `;
  }
}

/** The days to show above messages. */
function daysOf(lines: readonly Line[]): Map<Line, string> {
  const days = new Map<Line, string>();
  let before: number | undefined;
  for (const line of lines) {
    if (!line.id) continue; // it has the server's time once the log has it
    if (beginsDay(line.time, before)) days.set(line, dayText(line.time, texts.locale));
    before = line.time;
  }
  return days;
}

customElements.define('console-log', MessagesView);
