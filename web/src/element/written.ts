// The text of a message in a bubble, and as it is read out. What makes HTML safe is loaded with the first message that needs it.

import type { Message } from '../../index';
import { element } from '../ui/element';
import { linked } from '../ui/links';
import { theSource } from './source';

type Format = Message['format'];

/** Makes the content of a bubble. HTML takes its place when it can be shown; where that fails, it is shown as text. */
export function written(text: string, format: Format): Node {
  if (format !== 'html') return linked(text);
  const place = element('span', {});
  theSource()
    .html()
    .then(
      ({ textView }) => place.replaceWith(textView(text, format)),
      () => place.replaceWith(linked(text)),
    );
  return place;
}

/** Gives a text without tags. */
export async function spoken(text: string, format: Format): Promise<string> {
  if (format !== 'html') return text;
  try {
    return (await theSource().html()).plainText(text, format);
  } catch {
    return text;
  }
}
