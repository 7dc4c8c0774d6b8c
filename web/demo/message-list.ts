// The messages of the chat window, with the notices and the line above the unread ones.

import type { Message } from '../index';
import { element } from '../src/ui/element';
import { fileRow, fileView } from '../src/ui/file-view';
import { inOneRun } from '../src/ui/format';
import { agentHtml } from './agent-html';
import { bubble, fail, fill, mark } from './bubble';
import type { OwnLine } from './view';

export class MessageList {
  private readonly sent = new Map<string, HTMLElement>();
  /** A read may arrive before the promise of the own message settles. */
  private readonly readIds = new Set<string>();
  private readonly shown = new Set<string>();
  private lastFrom: string | undefined;
  private lastTime = 0;

  constructor(private readonly lines: HTMLElement) {}

  clear(): void {
    this.lines.replaceChildren();
    this.sent.clear();
    this.readIds.clear();
    this.shown.clear();
    this.lastFrom = undefined;
  }

  notice(text: string): void {
    this.between('p', { class: 'notice' }, text);
  }

  /** The line above the first message that the visitor has not read. */
  unread(): void {
    if (!this.lines.querySelector('.unread-line'))
      this.between('div', { class: 'unread-line', 'data-testid': 'chat-unread-line' }, 'New messages');
  }

  /** Shows a message of the log; gives false if it is there already. */
  message(message: Message, from: string): boolean {
    if (this.shown.has(message.id)) return false;
    this.shown.add(message.id);
    const line = this.line(from, content(message, from), message.created * 1000);
    if (from === '') this.settle(line, message);
    return true;
  }

  own(sent: string | File): OwnLine {
    const line = this.line('', document.createTextNode(''), Date.now());
    const progress = element('progress', {
      max: '100',
      value: '0',
      'aria-label': 'Sending',
      'data-testid': 'upload-progress',
    }) as HTMLProgressElement;
    if (typeof sent === 'string') fill(line, document.createTextNode(sent));
    else line.querySelector('.bubble')!.replaceChildren(fileRow(sent.name, sent.size), progress);
    mark(line, 'pending');
    line.scrollIntoView({ block: 'nearest' });
    return {
      progress: (percent) => (progress.value = percent),
      sent: (message) => {
        if (this.shown.has(message.id)) return line.remove(); // the history had it first
        this.shown.add(message.id);
        if (typeof message.message === 'object') fill(line, content(message, ''));
        this.settle(line, message);
      },
      failed: (reason, after) => fail(line, reason, after),
    };
  }

  read(messageId: string): void {
    this.readIds.add(messageId);
    const line = this.sent.get(messageId);
    if (line) mark(line, 'read');
  }

  private line(from: string, content: Node, time: number): HTMLElement {
    const line = bubble(from, content, time, this.lastFrom === from && inOneRun(this.lastTime, time));
    this.lastFrom = from;
    this.lastTime = time;
    this.lines.append(line);
    return line;
  }

  private between(tag: string, attributes: Record<string, string>, text: string): void {
    this.lines.append(element(tag, attributes, text));
    this.lastFrom = undefined;
  }

  private settle(line: HTMLElement, message: Message): void {
    this.sent.set(message.id, line);
    mark(line, this.readIds.has(message.id) ? 'read' : 'sent');
  }
}

function content({ message }: Message, from: string): Node {
  if (typeof message === 'object') return fileView(message);
  return from === '' ? document.createTextNode(message) : agentHtml(message);
}
