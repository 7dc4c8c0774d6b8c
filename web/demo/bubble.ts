// A message's bubble: who, what, when, and the state of an own message.

import { element } from '../src/ui/element';
import { tick } from '../src/ui/icons';
import type { AfterFailure } from './view';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** Makes a bubble; `from` is '' for the visitor's own, `time` in milliseconds. */
export function bubble(from: string, content: Node, time: number, follows: boolean): HTMLElement {
  const own = from === '';
  return element(
    'div',
    { class: follows ? 'message follows' : 'message', 'data-testid': 'chat-message', 'data-own': String(own) },
    element('span', { class: follows || own ? 'visually-hidden' : 'who' }, own ? 'You' : from),
    element('div', { class: 'bubble' }, content),
    element('div', { class: 'foot' }, element('time', { datetime: new Date(time).toISOString() }, clock.format(time))),
  );
}

/** Shows the state of an own message. */
export function mark(line: HTMLElement, status: 'pending' | 'sent' | 'read' | 'failed'): void {
  line.setAttribute('data-status', status);
  const foot = line.querySelector('.foot')!;
  foot.querySelector('.tick')?.remove();
  foot.append(tick(status));
}

/** Replaces the content of a bubble. */
export function fill(line: HTMLElement, content: Node): void {
  line.querySelector('.bubble')!.replaceChildren(content);
}

/** Shows why an own message was not sent, with a button to delete it and, if `retry` is given, one to try again. */
export function fail(line: HTMLElement, reason: string, { retry, forget }: AfterFailure): void {
  mark(line, 'failed');
  line.querySelector('progress')?.remove();
  const button = (label: string, id: string, act?: () => void) => {
    const made = element('button', { class: 'button', type: 'button', 'data-testid': id }, label);
    made.addEventListener('click', () => {
      line.remove();
      act?.();
    });
    return made;
  };
  line.append(
    element(
      'div',
      { class: 'failure', role: 'alert' },
      element('span', {}, `Not sent. ${reason}`),
      ...(retry ? [button('Try again', 'chat-retry', retry)] : []),
      button('Delete', 'chat-discard', forget),
    ),
  );
}
