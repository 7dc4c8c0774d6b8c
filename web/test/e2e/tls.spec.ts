// The server's own TLS: pages and REST come by HTTP/2, and the socket beside them by HTTP/1.1.
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from './support/fixtures.ts';
import { png } from './support/png.ts';

const run = promisify(execFile);

test('a conversation by https, HTTP/2 and wss', async ({ people, serverWith }, info) => {
  const folder = info.outputPath();
  await mkdir(folder, { recursive: true });
  const root = (await run('go', ['env', 'GOROOT'])).stdout.trim();
  const maker = join(root, 'src/crypto/tls/generate_cert.go');
  await run('go', ['run', maker, '--ecdsa-curve', 'P256', '--host', '127.0.0.1'], { cwd: folder });
  const server = await serverWith('-tls-cert', join(folder, 'cert.pem'), '-tls-key', join(folder, 'key.pem'));
  const own = { baseURL: `${server.url}/`, ignoreHTTPSErrors: true };
  const agent = await people.agent('agent1', own);
  const visitor = await people.visitor(own);
  const opened: string[] = [];
  visitor.page.on('websocket', (socket) => opened.push(socket.url()));
  await visitor.start('Ada');
  await visitor.say('Hello, out of sight');
  await agent.accept();
  await agent.sees('Hello, out of sight');
  await agent.attach({ name: 'drawing.png', mimeType: 'image/png', buffer: png() });
  const picture = visitor.message('drawing.png').getByRole('img', { name: 'drawing.png' });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(40);
  await visitor.page.reload();
  await visitor.sees('Hello, out of sight');

  expect(new Set(opened)).toEqual(new Set([`${server.url.replace('https', 'wss')}/v1/socket`]));
  const protocols = await visitor.page.evaluate(() =>
    performance.getEntriesByType('resource').map((entry) => (entry as PerformanceResourceTiming).nextHopProtocol),
  );
  expect(new Set(protocols.filter(Boolean))).toEqual(new Set(['h2']));
  const session = (await visitor.page.context().cookies()).find(({ name }) => name === 'i.cc');
  expect(session?.secure).toBe(true);
});
