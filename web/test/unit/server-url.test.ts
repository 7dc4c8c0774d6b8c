import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addresses } from '../../src/sdk/server-url';

const script = 'http://127.0.0.1:8000/sdk/1/icf.sdk.js';
const secure = 'https://cdn.example/icf.sdk.js';

const cases: [name: string, server: string | undefined, port: number | undefined, script: string, api: string][] = [
  ['no server is the origin of the script', undefined, undefined, script, 'http://127.0.0.1:8000/v1'],
  ['no server below a path', undefined, undefined, 'https://shop.example/chat/sdk/1/icf.sdk.js?v=2#x', 'https://shop.example/chat/v1'],
  ['no server below two paths', undefined, undefined, 'http://h/a/sdk/b/sdk/1.0.0/icf.sdk.js', 'http://h/a/sdk/b/v1'],
  [
    'no server, a copy of the script in a folder of its own',
    undefined,
    undefined,
    'https://shop.example/js/sdk/icf.sdk.js',
    'https://shop.example/v1',
  ],
  [
    'no server, a path that looks like a host',
    undefined,
    undefined,
    'https://shop.example//evil.example/sdk/1/icf.sdk.js',
    'https://shop.example//evil.example/v1',
  ],
  ['no server, whatever the port', undefined, 9000, script, 'http://127.0.0.1:8000/v1'],
  ['an empty server is none', '', undefined, secure, 'https://cdn.example/v1'],
  ["a host takes the script's scheme", 'chat.example', undefined, secure, 'https://chat.example/v1'],
  ['a host takes the port', 'chat.example', 8000, script, 'http://chat.example:8000/v1'],
  ["a host's own port goes first", 'chat.example:9000', 8000, script, 'http://chat.example:9000/v1'],
  ['a URL keeps its scheme', 'https://chat.example', 8000, script, 'https://chat.example/v1'],
  ['a URL keeps its port and path', 'http://chat.example:81/live/', 8000, secure, 'http://chat.example:81/live/v1'],
  ["a socket's URL is one too", 'wss://chat.example', undefined, script, 'https://chat.example/v1'],
  ['a URL without scheme is a host', '//chat.example', undefined, script, 'http://chat.example/v1'],
  ['an IPv6 host', '[::1]:9000', undefined, script, 'http://[::1]:9000/v1'],
  ['a local file takes https', 'chat.example', undefined, 'file:///shop/icf.sdk.js', 'https://chat.example/v1'],
];

for (const [name, server, port, from, api] of cases) {
  test(name, () => {
    assert.deepEqual(addresses(server, port, from), { api, socket: `${api.replace('http', 'ws')}/socket` });
  });
}

test('what is no server is refused by name', () => {
  assert.throws(() => addresses('not a host', undefined, script), { code: 400, message: /options\.server .* 'not a host'/ });
  assert.throws(() => addresses('ftp://chat.example', undefined, script), { code: 400, message: /options\.server/ });
  assert.throws(() => addresses(undefined, undefined, 'about:blank'), { code: 400, message: /options\.server is needed/ });
  assert.throws(() => addresses(undefined, undefined, 'file:///icf.sdk.js'), { code: 400, message: /options\.server/ });
});
