// The line above the first message of a day.

import { element } from '../src/ui/element';
import { dayText } from '../src/ui/format';

/** Makes the line for the day of a time, in milliseconds. */
export function dayLine(time: number): HTMLElement {
  return element(
    'div',
    { class: 'day-line', 'data-testid': 'chat-day' },
    element('time', { datetime: new Date(time).toISOString() }, dayText(time)),
  );
}
