// A page without a framework.

import { talk } from './talk.js';

const element = (name, role) => {
  const made = document.body.appendChild(document.createElement(name));
  if (role) made.setAttribute('role', role);
  return made;
};

/** Draws the conversation, and what fails. */
export async function draw(parley) {
  const list = element('ul');
  try {
    const send = await talk(parley, ({ lines, closed }) => {
      list.replaceChildren(
        ...lines.map((line) => {
          const item = document.createElement('li');
          item.textContent = line;
          return item;
        }),
      );
      if (closed) element('p', 'status').textContent = 'closed';
    });
    const input = element('input');
    input.addEventListener('change', () => send(input.value));
  } catch (error) {
    element('p', 'alert').textContent = `${error.code} ${error.message}`;
  }
}
