// A message's bubble: who, what, when, and the state of an own message.

import { element } from '../ui/element';
import { clockText, momentText } from '../ui/format';
import { tick } from '../ui/icons';
import type { Texts } from './texts';
import type { AfterFailure } from './view';

/** Makes a bubble; `from` names the sender, if it is not the visitor; `time` in milliseconds. */
export function bubble(from: (() => string) | undefined, content: Node, time: number, texts: Texts): HTMLElement {
  const own = !from;
  const line = element(
    'div',
    { class: 'message', 'data-testid': 'chat-message', 'data-own': String(own) },
    element('span', { dir: 'auto' }, from ?? (() => texts.say('you'))),
    element('div', { class: 'bubble', part: own ? 'bubble own' : 'bubble', dir: 'auto' }, content),
    element('div', { class: 'foot' }, timeOf(time, texts)),
  );
  join(line, false);
  return line;
}

/** Shows when a message was written, in milliseconds. */
export function date(line: HTMLElement, time: number, texts: Texts): void {
  line.querySelector('time')!.replaceWith(timeOf(time, texts));
}

function timeOf(time: number, texts: Texts): HTMLElement {
  const title = () => momentText(time, texts.locale);
  return element('time', { datetime: new Date(time).toISOString(), title }, () => clockText(time, texts.locale));
}

/** Lets a bubble stand together with the one above it, or apart from it. The sender's name is then read out only. */
export function join(line: HTMLElement, together: boolean): void {
  line.classList.toggle('follows', together);
  const own = line.dataset.own === 'true';
  line.firstElementChild!.className = own || together ? 'visually-hidden' : 'who';
}

/** Shows the state of an own message. */
export function mark(line: HTMLElement, status: 'pending' | 'sent' | 'read' | 'failed', texts: Texts): void {
  line.setAttribute('data-status', status);
  const foot = line.querySelector('.foot')!;
  foot.querySelector('.tick')?.remove();
  foot.append(tick(status, texts));
}

/** Replaces the content of a bubble. */
export function fill(line: HTMLElement, content: Node): void {
  line.querySelector('.bubble')!.replaceChildren(content);
}

/** Shows why an own message was not sent, with a button to delete it, and one for each other thing that can be done about it. */
export function fail(line: HTMLElement, reason: () => string, { retry, edit, forget }: AfterFailure, texts: Texts): void {
  mark(line, 'failed', texts);
  for (const one of line.querySelectorAll('.bubble :is(progress, button)')) one.remove();
  const button = (label: () => string, id: string, act: () => void) => {
    const made = element('button', { class: 'button', type: 'button', 'data-testid': id }, label);
    made.addEventListener('click', act);
    return made;
  };
  line.append(
    element(
      'div',
      { class: 'failure', role: 'alert' },
      element('bdi', {}, () => texts.say('failed', { reason: reason() })),
      ...(retry ? [button(() => texts.say('retry'), 'chat-retry', retry)] : []),
      ...(edit ? [button(() => texts.say('edit'), 'chat-edit', edit)] : []),
      button(() => texts.say('delete'), 'chat-discard', forget!),
    ),
  );
}
