// What every project's page does with the package: a chat that goes on after a reload.

let chat;

/** Begins the chat. `show` gets the lines of the conversation, and whether it is closed, each time that they change. */
export async function talk({ Api, Chat, init, Lobby }, show) {
  const address = new URLSearchParams(location.search);
  chat ??= begin();
  const live = await chat;
  const draw = () => show({ lines: live.history.map(({ message }) => message), closed: live.closed });
  for (const event of ['message:received', 'chat:closed']) live.on(event, draw);
  draw();
  return (text) => live.sendMessage(text).then(draw);

  async function begin() {
    await init({ appId: 'demo', server: address.get('server') ?? undefined, baseURL: address.get('baseURL') ?? undefined });
    const [restored] = Object.values(Lobby.getUserChats());
    if (restored) return restored;
    const { data } = await Api.request('/users', 'POST', { name: 'Visitor' });
    await Lobby.init({ id: data.user.id, token: data.session.token });
    const opened = await Chat.init({ room: '1' });
    await opened.searchAgent();
    return opened;
  }
}
