// The component under test: a chat in a page of yours.
import type { Icf, InitOptions } from 'parley-chat';

/** Shows a chat in an element; `options` say where the chat server is. Gives how to end it. */
export function teaChat(root: HTMLElement, ICF: Icf, options: Partial<InitOptions>): () => void {
  root.innerHTML = '<button>Ask us</button><ul></ul><form hidden><input aria-label="Your message"><button>Send</button></form>';
  const list = root.querySelector('ul')!;
  const form = root.querySelector('form')!;
  const input = root.querySelector('input')!;
  const show = (text: string) => list.append(Object.assign(document.createElement('li'), { textContent: text }));

  root.querySelector('button')!.onclick = async () => {
    await ICF.init({ appId: 'demo', session: 'none', ...options });
    const { data } = await ICF.Api.request('/users', 'POST', { name: 'Ada' });
    await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
    const chat = await ICF.Chat.init({ room: 'tea' });
    chat.on('message:received', ({ message }) => show(`Shop: ${message.message}`));
    form.hidden = false;
    form.onsubmit = (event) => {
      event.preventDefault();
      const text = input.value;
      input.value = '';
      void chat.sendMessage(text).then(
        () => show(`You: ${text}`),
        ({ message }) => show(`Not sent: ${text} (${message})`),
      );
    };
    await chat.searchAgent();
  };
  return () => void ICF.Lobby.close();
}
