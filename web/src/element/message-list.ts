// The messages of the chat window, in the order of the chat's log, with the notices and the line above the new ones.

import type { Message } from '../../index';
import { avatar } from '../ui/avatar';
import { element } from '../ui/element';
import { fileView } from '../ui/file-view';
import { beginsDay, inOneRun } from '../ui/format';
import { now } from '../ui/icf';
import { linked } from '../ui/links';
import { textOf } from '../ui/message-text';
import { bubble, date, fail, fill, join, mark } from './bubble';
import { dayLine } from './day-line';
import { showPicture } from './extras-loader';
import { type KeptMessage, keptPerson, shownPerson } from './kept';
import { question } from './question';
import type { Texts } from './texts';
import { upload } from './upload';
import type { OwnLine, Sender } from './view';
import { written } from './written';

interface Row {
  readonly node: HTMLElement;
  /** The id of who wrote it, '' for the visitor; missing for what stands between messages. */
  readonly from?: string;
  readonly sender?: Sender;
  /** Their picture, at the first message of a run. */
  face?: HTMLElement;
  /** The message, once the log has it. */
  message?: Message;
  /** In milliseconds. */
  time: number;
  /** The line above it with the day, where a day begins. */
  day?: HTMLElement;
  /** The place in the log: `created` of the message, or of the one above it. What is not in the log stands below everything. */
  place: number;
}

export class MessageList {
  /** From above, as in the page. */
  private rows: Row[] = [];
  private readonly own = new Map<string, HTMLElement>();
  /** A read may arrive before the promise of the own message settles. */
  private readonly readIds = new Set<string>();
  private readonly shown = new Map<string, HTMLElement>();
  /** What the tab has kept of messages that are still to come. */
  private readonly kept = new Map<string, Row>();
  private newLine: Row | undefined;
  /** The day that the lines with days were made on. */
  private date = '';

  constructor(
    private readonly lines: HTMLElement,
    private readonly texts: Texts,
    private readonly choose: (text: string) => void,
  ) {}

  clear(): void {
    this.lines.replaceChildren();
    this.rows = [];
    this.newLine = undefined;
    this.own.clear();
    this.readIds.clear();
    this.shown.clear();
    this.kept.clear();
  }

  notice(text: () => string): void {
    this.between(element('p', { class: 'notice' }, element('bdi', {}, text)));
  }

  /** Puts the line that new messages stand below above where a message `created` then will stand: the tab may have kept later ones. */
  beginNew(created: number): void {
    this.endNew();
    this.newLine = this.between(
      element('div', { class: 'unread-line', 'data-testid': 'chat-unread-line' }, () => this.texts.say('log.new')),
      created,
    );
  }

  /** Removes that line. */
  endNew(): void {
    if (this.newLine) this.remove(this.newLine);
    this.newLine = undefined;
  }

  /** Begins where the visitor has left off. */
  showNew(): void {
    this.newLine?.node.scrollIntoView({ block: 'start' });
  }

  /** Says again which days are today and yesterday, if midnight has passed. */
  turnDay(): void {
    const date = new Date(now()).toDateString();
    if (date === this.date) return;
    this.date = date;
    for (const [at, row] of this.rows.entries()) if (row.from !== undefined) this.arrangeMessage(row, at);
  }

  has(messageId: string): boolean {
    return this.shown.has(messageId);
  }

  /** Shows a message of the log that is not shown yet, and gives its line. */
  message(message: Message, from: Sender | undefined): HTMLElement {
    const row = this.row(message, from, this.content(message));
    const before = this.kept.get(message.id);
    if (before) this.remove(before);
    this.kept.delete(message.id);
    if (!from) this.taken(row, message);
    else this.shown.set(message.id, row.node);
    if (message.redacted) this.redact(message);
    this.put(row);
    return row.node;
  }

  /** Shows messages as an earlier page did, until their own come and take their places. */
  showKept(messages: readonly KeptMessage[]): void {
    for (const { message, from, read } of messages) {
      const row = this.row(message, from && shownPerson(from), this.content(message, true));
      if (!from) mark(row.node, read ? 'read' : 'sent', this.texts);
      if (message.redacted) row.node.dataset.redacted = 'true';
      this.kept.set(message.id, row);
      this.put(row);
    }
  }

  /** Removes what has not come. */
  endKept(): void {
    for (const row of this.kept.values()) this.remove(row);
    this.kept.clear();
  }

  /** The messages of the log, as they are shown. */
  get messages(): KeptMessage[] {
    return this.rows.flatMap(({ message, sender }) =>
      message ? [{ message, from: sender && keptPerson(sender), read: this.readIds.has(message.id) }] : [],
    );
  }

  /** Shows an own message or file that the server does not have yet; a file with a button that calls `cancel`. */
  pending(sent: string | File, cancel?: () => void): OwnLine {
    const time = now();
    const node = bubble(undefined, document.createTextNode(''), time, this.texts);
    const row: Row = { node, from: '', time, place: Number.POSITIVE_INFINITY };
    const moving = typeof sent === 'string' ? undefined : upload(sent, cancel!, this.texts);
    if (typeof sent === 'string') fill(node, linked(sent));
    else fill(node, moving!.view);
    mark(node, 'pending', this.texts);
    this.put(row);
    node.scrollIntoView({ block: 'nearest' });
    return {
      progress: (percent) => moving?.progress(percent),
      cancelled: () => this.remove(row),
      sent: (message) => {
        if (this.shown.has(message.id)) return this.remove(row); // the history had it first
        if (typeof message.message === 'object') fill(node, this.content(message));
        this.take(row);
        this.taken(row, message);
        this.put(row);
      },
      failed: (reason, { retry, edit, forget }) => {
        const act = (then?: () => void) => () => {
          this.remove(row);
          then?.();
        };
        fail(node, reason, { retry: retry && act(retry), edit: edit && act(edit), forget: act(forget) }, this.texts);
      },
    };
  }

  /** Takes the content out of a message that is shown. */
  redact(message: Message): void {
    const line = this.shown.get(message.id)!;
    fill(line, this.content(message));
    line.dataset.redacted = 'true';
  }

  read(messageId: string): void {
    this.readIds.add(messageId);
    const line = this.own.get(messageId);
    if (line) mark(line, 'read', this.texts);
  }

  /** The log has an own message: from now on its time and place are those of the log. */
  private taken(row: Row, message: Message): void {
    const { id, created } = message;
    row.message = message;
    this.shown.set(id, row.node);
    this.own.set(id, row.node);
    row.time = created * 1000;
    row.place = created;
    date(row.node, row.time, this.texts);
    mark(row.node, this.readIds.has(id) ? 'read' : 'sent', this.texts);
  }

  private row(message: Message, sender: Sender | undefined, content: Node): Row {
    const time = message.created * 1000;
    const node = bubble(sender?.name, content, time, this.texts);
    return { node, from: sender?.id ?? '', sender, message, time, place: message.created };
  }

  /** Puts something that is no message below the log, or below what was there `at` a time in seconds. */
  private between(node: HTMLElement, at = Number.MAX_VALUE): Row {
    const last = this.rows.findLast(({ place }) => place <= at);
    const row: Row = { node, time: 0, place: last?.place ?? 0 };
    this.put(row);
    return row;
  }

  /** Puts a row in its place. */
  private put(row: Row): void {
    this.turnDay();
    let at = this.rows.length;
    while (at > 0 && this.rows[at - 1]!.place > row.place) at--;
    this.rows.splice(at, 0, row);
    const below = this.rows[at + 1];
    const next = below?.day ?? below?.node ?? null;
    // A row that stays where it is keeps the focus, and is not read out again.
    if (!row.node.isConnected || row.node.nextElementSibling !== next) this.lines.insertBefore(row.node, next);
    this.arrange(at);
  }

  /** Takes a row out of the order; it stays in the page. */
  private take(row: Row): void {
    const at = this.rows.indexOf(row);
    this.rows.splice(at, 1);
    row.day?.remove();
    row.day = undefined;
    this.arrange(at);
  }

  private remove(row: Row): void {
    this.take(row);
    row.node.remove();
  }

  /** Arranges the rows from this place on, to the first message below it. */
  private arrange(from: number): void {
    for (let at = from; at < this.rows.length; at++) {
      const row = this.rows[at]!;
      if (row.from === undefined) continue;
      this.arrangeMessage(row, at);
      if (at > from) return;
    }
  }

  /** Lets a message stand together with the one above it, or apart, and below a line with the day where one begins. */
  private arrangeMessage(row: Row, at: number): void {
    const above = this.rows[at - 1];
    const together = above?.from === row.from && inOneRun(above!.time, row.time);
    join(row.node, together);
    if (together) row.face?.remove();
    else if (row.sender) row.node.append((row.face ??= avatar(row.sender)));
    // The time of a message that is not in the log is only the page's.
    const begins = row.place < Number.POSITIVE_INFINITY && beginsDay(row.time, this.messageAbove(at)?.time);
    const line = begins ? dayLine(row.time, this.texts) : undefined;
    if (line?.textContent === row.day?.textContent) return;
    row.day?.remove();
    row.day = line;
    if (line) this.lines.insertBefore(line, row.node);
  }

  private messageAbove(at: number): Row | undefined {
    let above = at - 1;
    while (above >= 0 && this.rows[above]!.from === undefined) above--;
    return this.rows[above];
  }

  /** `kept` is for files that cannot be fetched yet. */
  private content(message: Message, kept = false): Node {
    if (message.redacted) return element('span', {}, () => textOf(message, this.texts));
    if (typeof message.message === 'object') return fileView(message.message, this.texts, showPicture, kept);
    return question(message, this.choose, this.texts) ?? written(textOf(message, this.texts), message.format);
  }
}
