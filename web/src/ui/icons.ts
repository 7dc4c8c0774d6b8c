// The shapes in a conversation, in the colour of the text around them.

import { saying } from './element';
import type { Words } from './words';

const ticks = {
  pending: 'M9 2a5 5 0 1 0 0 10a5 5 0 1 0 0-10M9 4.5V7l1.7 1',
  sent: 'M4.5 7.5l3 3 6-7',
  read: 'M1.5 7.5l3 3 6-7M8.5 10.5l6-7',
  failed: 'M9 2.5v5.5M9 11v.2',
};

const icons = {
  file: 'M14 3H6v18h12V7zM14 3v4h4',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 20h14',
  close: 'M6 6l12 12M18 6L6 18',
  zoom: 'M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M15.5 15.5L20 20M7.5 10.5h6M10.5 7.5v6',
};

/** The state of an own message, as a mark beside its time. */
export function tick(status: keyof typeof ticks, words: Words): SVGElement {
  const svg = shape('tick', '0 0 18 14', ticks[status]);
  svg.setAttribute('role', 'img');
  saying(
    svg,
    () => words.say(`tick.${status}`),
    (said) => svg.setAttribute('aria-label', said),
  );
  return svg;
}

/** A shape beside a text that says the same. */
export function icon(name: keyof typeof icons): SVGElement {
  const svg = shape('icon-shape', '0 0 24 24', icons[name]);
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}

function shape(look: string, viewBox: string, d: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', d);
  svg.setAttribute('class', look);
  svg.setAttribute('viewBox', viewBox);
  svg.append(path);
  return svg;
}
