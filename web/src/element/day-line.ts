// The line above the first message of a day.

import { element } from '../ui/element';
import { dayText } from '../ui/format';
import type { Texts } from './texts';

/** Makes the line for the day of a time, in milliseconds. */
export function dayLine(time: number, texts: Texts): HTMLElement {
  return element(
    'div',
    { class: 'day-line', 'data-testid': 'chat-day' },
    element('time', { datetime: new Date(time).toISOString() }, () => dayText(time, texts.locale)),
  );
}
