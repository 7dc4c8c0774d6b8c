// The lines of one conversation in the order of the chat's log, with own messages shown before the server has them.

import type { Media, Message } from '../../../index';
import type { Saying } from '../../ui/element';
import { plainText } from '../../ui/html-text';
import { textOf } from '../../ui/message-text';
import { texts } from '../texts';

/** pending: not in the log yet; sent: in the log; read: another user has read it; failed: refused, can be sent again. */
export type Status = 'pending' | 'sent' | 'read' | 'failed';

export interface Line {
  /** Stays the same from pending to read, so that views keep their element. */
  readonly key: string;
  readonly kind: 'message' | 'notice';
  /** What a notice says. */
  readonly notice?: () => string;
  readonly own: boolean;
  /** It is from an earlier conversation: who brought it in names the sender, who is never the agent. */
  readonly imported?: boolean;
  /** Its content was removed: the text says so. */
  readonly redacted?: boolean;
  /** The id of the sender; '' for notices. */
  readonly sender: string;
  readonly text: string;
  /** The text as a preview shows it: without tags. */
  readonly plain: string;
  /** How the text is to be read: as it is, or as HTML. */
  readonly format?: Message['format'];
  readonly media?: Media;
  /** A file that is being sent, or could not be. */
  readonly file?: File;
  /** How much of it the server has, in percent. */
  progress?: number;
  /** The id of the message, once the server has it. */
  id?: string;
  /** Unix time in milliseconds. */
  time: number;
  status?: Status;
  /** Why it failed. */
  error?: Saying;
  /** The place in the log: `created` of the message, or of the line that it was put after. */
  place: number;
}

export class Transcript {
  readonly lines: Line[] = [];
  private readonly byId = new Map<string, Line>();
  /** A read may arrive before the promise of the own message settles. */
  private readonly readIds = new Set<string>();
  private count = 0;

  constructor(private readonly me: string) {}

  /** Puts a message of the log in its place, once, or again without its content. Gives its line if the message is new. */
  add(message: Message): Line | undefined {
    const { imported, redacted } = message;
    const known = this.byId.get(message.id);
    if (known && (known.redacted || !redacted)) return undefined;
    if (known) this.remove(known);
    const own = message.sender === this.me && !imported;
    const line: Line = {
      ...this.line('message', own, message.sender, textOf(message, texts), message.format),
      id: message.id,
      imported,
      redacted,
      media: typeof message.message === 'object' ? message.message : undefined,
      time: message.created * 1000,
      place: message.created,
      status: own ? this.settled(message) : undefined,
    };
    this.byId.set(message.id, line);
    this.insert(line);
    return known ? undefined : line;
  }

  /** Puts a line of our own (somebody joined, the chat was closed) at the end. */
  notice(text: () => string): void {
    this.insert({ ...this.line('notice', false, '', ''), notice: text });
  }

  /** Shows an own message, or file, that the server does not have yet. */
  pending(text: string, file?: File): Line {
    const line: Line = { ...this.line('message', true, this.me, text), file, status: 'pending' };
    this.insert(line);
    return line;
  }

  /** The log has the message of a pending line. */
  sent(line: Line, message: Message): void {
    this.remove(line);
    if (this.byId.has(message.id)) return;
    line.id = message.id;
    line.time = message.created * 1000;
    line.place = message.created;
    line.status = this.settled(message);
    this.byId.set(message.id, line);
    this.insert(line);
  }

  /** Somebody else has read the message; with `upTo`, all before it too. */
  read(messageId: string, upTo: boolean): void {
    this.readIds.add(messageId);
    for (const line of this.through(messageId, upTo)) if (line.own) line.status = 'read';
  }

  /** The message's line, if it has one; with `upTo`, with those of all messages of the log before it. */
  through(messageId: string, upTo: boolean): Line[] {
    const line = this.byId.get(messageId);
    if (!line) return [];
    return upTo ? this.lines.slice(0, this.lines.indexOf(line) + 1).filter(({ id }) => id) : [line];
  }

  /** Removes an own line that is not in the log. */
  withdraw(line: Line): void {
    this.remove(line);
  }

  private settled({ id, readBy }: Message): Status {
    return this.readIds.has(id) || readBy?.some((userId) => userId !== this.me) ? 'read' : 'sent';
  }

  private line(kind: Line['kind'], own: boolean, sender: string, text: string, format?: Message['format']): Line {
    const plain = plainText(text, format);
    return {
      key: `line-${++this.count}`,
      kind,
      own,
      sender,
      text,
      plain,
      format,
      time: ICF.Parley.now(),
      place: this.lines.at(-1)?.place ?? 0,
    };
  }

  private insert(line: Line): void {
    let at = this.lines.length;
    while (at > 0 && isBehind(this.lines[at - 1]!, line)) at--;
    this.lines.splice(at, 0, line);
  }

  private remove(line: Line): void {
    const at = this.lines.indexOf(line);
    if (at >= 0) this.lines.splice(at, 1);
  }
}

/** Whether a line stands behind another: what was imported goes first, whatever its time. */
function isBehind(one: Line, other: Line): boolean {
  return one.imported === other.imported ? one.place > other.place : !one.imported;
}
