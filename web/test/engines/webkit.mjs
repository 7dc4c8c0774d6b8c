#!/usr/bin/env node
// A WebKitGTK that Playwright can drive: it speaks WebDriver BiDi, as Firefox does, and has WebKit's own inspector and
// WebKitWebDriver carry out what is asked. Started as a browser is; it needs an X server, and starts one of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { WebSocketServer } from 'ws';
import { Browser } from './webkit/browser.mjs';

const screen = spawn('Xvfb', ['-displayfd', '1', '-screen', '0', '1600x1400x24', '-nolisten', 'tcp'], {
  stdio: ['ignore', 'pipe', 'ignore'],
});
const [display] = await once(createInterface({ input: screen.stdout }), 'line');

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
server.on('listening', () => console.error(`WebDriver BiDi listening on ws://127.0.0.1:${server.address().port}`));
server.on('connection', (client) => {
  const browser = new Browser(`:${display}`, (method, params) => client.send(JSON.stringify({ type: 'event', method, params })));
  client.on('message', async (bytes) => {
    const { id, method, params } = JSON.parse(String(bytes));
    try {
      const result = await browser.command(method, params);
      client.send(JSON.stringify({ type: 'success', id, result: result ?? {} }));
    } catch (error) {
      client.send(JSON.stringify({ type: 'error', id, error: error.code ?? 'unknown error', message: error.message }));
    }
    if (method === 'browser.close') await end(browser);
  });
  client.on('close', () => end(browser));
});
process.on('SIGTERM', () => end());

async function end(browser) {
  await browser?.stop();
  screen.kill();
  process.exit(0);
}
