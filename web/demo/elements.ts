// Making elements without HTML strings.

/** Makes an element with attributes and children; strings become text. */
export function element(tag: string, attributes: Record<string, string>, ...children: (Node | string)[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const ticks = {
  pending: { label: 'Sending', path: 'M9 2a5 5 0 1 0 0 10a5 5 0 1 0 0-10M9 4.5V7l1.7 1' },
  sent: { label: 'Sent', path: 'M4.5 7.5l3 3 6-7' },
  read: { label: 'Read', path: 'M1.5 7.5l3 3 6-7M8.5 10.5l6-7' },
  failed: { label: 'Not sent', path: 'M9 2.5v5.5M9 11v.2' },
};

/** The mark of an own message. */
export function tick(status: keyof typeof ticks): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', ticks[status].path);
  svg.setAttribute('class', 'tick');
  svg.setAttribute('viewBox', '0 0 18 14');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', ticks[status].label);
  svg.append(path);
  return svg;
}
