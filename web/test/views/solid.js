import { For, Show } from 'solid-js';
import h from 'solid-js/h';
import { render } from 'solid-js/web';
import { useStore } from './solid-store.js';
import { options, start, store } from './visitor.js';

function Talk() {
  const session = useStore(store);
  const chat = useStore(store.chat());
  const send = (event) => {
    event.preventDefault();
    chat().sendMessage(event.target.elements.text.value);
    event.target.reset();
  };
  const line = ({ state, message }) => h('li', { 'data-state': state }, String(message));
  // One element around all: the members of an array lose their effects when the array is drawn again.
  return h(
    'div',
    h('p', { id: 'state' }, () => `${session().isInit ? 'begun' : 'not begun'}, ${session().connection.state}, ${session().user?.name}`),
    h(Show, { when: () => Boolean(chat()), fallback: h('button', { type: 'button', onclick: start }, 'Start') }, () =>
      h(
        'div',
        { onfocusin: () => chat().markRead() },
        h('ol', h(For, { each: () => chat().messages }, line)),
        h('p', { id: 'typing' }, () => chat().typing.map(({ name }) => `${name} is typing`)),
        h('p', { id: 'chat' }, () => `${chat().status}, ${chat().users.length} users, ${chat().unread} unread`),
        h('form', { onsubmit: send }, h('input', { name: 'text' })),
      ),
    ),
  );
}

render(Talk, document.body.appendChild(document.createElement('main')));
void store.init(options);
