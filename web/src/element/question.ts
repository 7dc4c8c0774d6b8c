// A question with answers to choose from, as programs send it.

import type { Message } from '../../index';
import { element } from '../ui/element';
import { linked } from '../ui/links';
import { questionOf, textOf } from '../ui/message-text';
import { loadExtras } from './extras-loader';
import type { Texts } from './texts';

/** Makes the content for a question; undefined for any other message. Where what makes its buttons cannot be loaded, the answers are text. */
export function question(message: Message, choose: (text: string) => void, texts: Texts): Node | undefined {
  const { type, message: content, redacted } = message;
  const asked = type === 'object' && !redacted ? questionOf(content as string) : undefined;
  if (!asked?.answers.length) return undefined;
  const place = element('div', {});
  place.append(linked(asked.text));
  loadExtras().then(
    ({ choices }) => place.append(choices(asked.answers, choose, texts)),
    () => place.replaceChildren(linked(textOf(message, texts))),
  );
  return place;
}
