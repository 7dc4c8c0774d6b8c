// A sample of a shop's own server: it tells Parley who a customer is. Node 20 or later, no packages.
//
//   PARLEY=https://chat.example.com APP=my-app SECRET=... PORT=8080 node docs/known-users/shop.mjs
//
// SECRET is the app's. It stays on this server, as does the identity key, which is made on the first start here; keep yours
// where the shop keeps its passwords.

import { createHmac, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const { PARLEY, APP, SECRET, PORT = '0' } = process.env;

async function makeKey(alg) {
  const response = await fetch(`${PARLEY}/v1/apps/${APP}/identity-keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-hyper-appid': APP, 'x-hyper-secret': SECRET },
    body: JSON.stringify({ alg }),
  });
  const { key, secret, error } = await response.json();
  if (error) throw new Error(error.message);
  return { kid: key.kid, secret };
}

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

// A token that says for ten minutes who the customer is. The text of the secret is the key.
function tokenOf(customer, { kid, secret }) {
  const now = Math.floor(Date.now() / 1000);
  const header = base64url({ alg: 'HS256', typ: 'JWT', kid });
  const claims = base64url({
    sub: customer.id, // the externalId
    aud: APP,
    iat: now,
    exp: now + 600,
    jti: randomUUID(), // may be left out; with it, the token begins one session and no other
    name: customer.name,
    email: customer.email,
    priority: customer.gold ? 10 : 0,
  });
  const signature = createHmac('sha256', secret).update(`${header}.${claims}`).digest('base64url');
  return `${header}.${claims}.${signature}`;
}

// This shop knows its customers by a cookie that a stranger could write. Yours knows them by its log-in.
const customers = { 7: { id: 'customer-7', name: 'Vera', email: 'vera@example.com', gold: true } };
const customerOf = (request) => customers[/(?:^|; )customer=(\w+)/.exec(request.headers.cookie ?? '')?.[1]];

const key = await makeKey('HS256');

const server = createServer((request, response) => {
  const customer = customerOf(request);
  const found = request.url === '/chat-identity' && customer;
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(found ? { identity: tokenOf(customer, key) } : {}));
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`the shop is at http://127.0.0.1:${server.address().port}`));
