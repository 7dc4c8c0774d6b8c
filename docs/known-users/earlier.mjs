// A sample of what a page may do for a customer who has logged in: show what was said in their earlier chats, also of another
// device. It runs in Node, so that it can be tried; in a page ICF.Api.request sends the same requests, with the session.
//
//   PARLEY=https://chat.example.com APP=my-app SHOP=http://127.0.0.1:8080 COOKIE=customer=7 node docs/known-users/earlier.mjs
//
// The app's setting privacy.ownChats must be on.

const { PARLEY, APP, SHOP, COOKIE } = process.env;
const headers = { 'content-type': 'application/json', 'x-hyper-appid': APP };

async function request(path, options) {
  const response = await fetch(`${PARLEY}/v1${path}`, { headers, ...options });
  const answer = await response.json();
  if (answer.error) throw new Error(answer.error.message);
  return answer;
}

const { identity } = await (await fetch(`${SHOP}/chat-identity`, { headers: { cookie: COOKIE } })).json();
const { user, session } = await request('/users', { method: 'POST', body: JSON.stringify({ identity }) });
headers['x-hyper-token'] = session.token;

for (let next = ''; next !== undefined; ) {
  const page = await request(`/users/${user.id}/chats?limit=20&after=${next}`);
  for (const { id, created } of page.chats.filter((chat) => chat.closed)) {
    console.log(`chat of ${new Date(created * 1000).toISOString().slice(0, 10)}`);
    const { messages } = await request(`/chats/${id}/messages`);
    for (const { sender, message } of messages) console.log(`  ${sender === user.id ? 'you' : 'we'}: ${message}`);
  }
  next = page.next;
}
