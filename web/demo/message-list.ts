// The messages of the chat window: bubbles with time and ticks, and notices between them.

import type { Message } from '../index';
import { agentHtml } from './agent-html';
import { element, tick } from './elements';
import type { OwnMessage } from './support-chat';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** Messages of one sender that follow each other within five minutes stand together. */
const runMs = 300_000;

export class MessageList {
  readonly #own = new Map<string, Element>();
  /** Reads may be told before the promise of the own message has settled. */
  readonly #read = new Set<string>();
  readonly #shown = new Set<string>();
  #lastFrom: string | undefined;
  #lastTime = 0;

  constructor(private readonly lines: HTMLElement) {}

  clear(): void {
    this.lines.replaceChildren();
    this.#own.clear();
    this.#read.clear();
    this.#shown.clear();
    this.#lastFrom = undefined;
  }

  notice(text: string): void {
    this.lines.append(element('p', { class: 'notice' }, text));
    this.#lastFrom = undefined;
  }

  /** Shows a message of the log; gives false if it is there already. */
  message(message: Message, from: string): boolean {
    if (this.#shown.has(message.id)) return false;
    this.#shown.add(message.id);
    const bubble = this.#bubble(from, this.#content(message, from), message.created * 1000);
    if (from === '') this.#settle(bubble, message);
    return true;
  }

  own(text: string): OwnMessage {
    const bubble = this.#bubble('', document.createTextNode(text), Date.now());
    this.#mark(bubble, 'pending');
    bubble.scrollIntoView({ block: 'nearest' });
    return {
      sent: message => {
        this.#shown.add(message.id);
        this.#settle(bubble, message);
      },
      failed: (reason, retry) => this.#fail(bubble, reason, retry),
    };
  }

  read(messageId: string): void {
    this.#read.add(messageId);
    const bubble = this.#own.get(messageId);
    if (bubble) this.#mark(bubble, 'read');
  }

  #bubble(from: string, content: Node, time: number): Element {
    const own = from === '';
    const follows = this.#lastFrom === from && time - this.#lastTime < runMs;
    this.#lastFrom = from;
    this.#lastTime = time;
    const bubble = element(
      'div',
      { class: follows ? 'message follows' : 'message', 'data-testid': 'chat-message', 'data-own': String(own) },
      element('span', { class: follows || own ? 'visually-hidden' : 'who' }, own ? 'You' : from),
      element('div', { class: 'bubble' }, content),
      element('div', { class: 'foot' }, element('time', { datetime: new Date(time).toISOString() }, clock.format(time))),
    );
    this.lines.append(bubble);
    return bubble;
  }

  #content(message: Message, from: string): Node {
    if (typeof message.message === 'object') return document.createTextNode(message.message.name);
    return from === '' ? document.createTextNode(message.message) : agentHtml(message.message);
  }

  #settle(bubble: Element, message: Message): void {
    this.#own.set(message.id, bubble);
    this.#mark(bubble, this.#read.has(message.id) ? 'read' : 'sent');
  }

  #fail(bubble: Element, reason: string, retry: () => void): void {
    this.#mark(bubble, 'failed');
    const again = element('button', { class: 'button', type: 'button', 'data-testid': 'chat-retry' }, 'Try again');
    again.addEventListener('click', () => {
      bubble.remove();
      retry();
    });
    bubble.append(element('div', { class: 'failure' }, element('span', {}, `Not sent. ${reason}`), again));
  }

  #mark(bubble: Element, status: 'pending' | 'sent' | 'read' | 'failed'): void {
    bubble.setAttribute('data-status', status);
    const foot = bubble.querySelector('.foot')!;
    foot.querySelector('.tick')?.remove();
    foot.append(tick(status));
  }
}
