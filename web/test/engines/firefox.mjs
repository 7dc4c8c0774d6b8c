#!/usr/bin/env node
// Starts Firefox for Playwright and stands between the two, since Playwright speaks a newer WebDriver BiDi than the
// Firefox of stable distributions: a command that this Firefox does not know yet is answered as done, when it only sets
// what a page looks like.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { WebSocket, WebSocketServer } from 'ws';
import { requireFirefox } from './find.mjs';
import { colours } from './firefox-colours.mjs';

const mayLack = new Set(['emulation.setScreenOrientationOverride', 'emulation.setScreenSettingsOverride']);

// The hash of the empty style element that Playwright adds for each screenshot, in the error of a page whose policy
// refuses it.
const ownStyle = 'sha256-YjaKGiklmzC6wjXA513HAMmzus8VE61XCOT+SmwNZWA=';

const browser = spawn(requireFirefox(), ['--remote-allow-system-access', ...process.argv.slice(2)], {
  stdio: ['ignore', 'inherit', 'pipe'],
});
browser.on('exit', (code) => process.exit(code ?? 1));
process.on('SIGTERM', () => browser.kill());

createInterface({ input: browser.stderr }).on('line', (line) => {
  const [, address] = line.match(/WebDriver BiDi listening on (ws:\/\/.*)$/) ?? [];
  if (address) relay(address);
  else console.error(line);
});

function relay(address) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('listening', () => console.error(`WebDriver BiDi listening on ws://127.0.0.1:${server.address().port}`));
  server.on('connection', (client, { url }) => {
    const firefox = new WebSocket(address + url, { perMessageDeflate: false });
    const forClient = answers();
    const own = ownCommands((text) => firefox.send(text));
    const looks = colours(own.send);
    const waiting = [];
    client.on('message', (bytes) => {
      const text = String(bytes);
      forClient.asked(text);
      if (text.includes('"emulation.setMediaFeaturesOverride"')) void play(JSON.parse(text));
      else if (firefox.readyState === WebSocket.OPEN) firefox.send(text);
      else waiting.push(text);
    });
    firefox.on('open', () => {
      for (const text of waiting) firefox.send(text);
    });
    let before = Promise.resolve(); // the client gets what Firefox says in its order
    firefox.on('message', (bytes) => {
      const text = String(bytes);
      if (own.answered(text)) return;
      before = before.then(async () => {
        if (text.includes('"browsingContext.contextCreated"')) await looks.opened(JSON.parse(text).params).catch(fail);
        const answer = forClient.answer(text);
        if (answer) client.send(answer);
      });
    });
    async function play({ id, params }) {
      await looks.set(params).catch(fail);
      client.send(JSON.stringify({ type: 'success', id, result: {} }));
    }
    // A page that has not the colours that its test asked for ends the test.
    function fail(error) {
      console.error(error.message);
      client.close();
    }
    client.on('close', () => firefox.close());
    firefox.on('close', () => client.close());
    firefox.on('error', () => client.close());
  });
}

// Commands that the client knows nothing of, with numbers that it does not come to.
function ownCommands(send) {
  let last = 2 ** 40;
  const open = new Map();
  return {
    send(method, params) {
      return new Promise((done, failed) => {
        open.set(++last, { done, failed });
        send(JSON.stringify({ id: last, method, params }));
      });
    },
    /** Tells whether this is the answer to one of them. */
    answered(text) {
      if (!open.size) return false;
      const { id, error, message, result } = JSON.parse(text);
      const { done, failed } = open.get(id) ?? {};
      if (error) failed?.(new Error(message));
      else done?.(result);
      return open.delete(id);
    },
  };
}

// What the client gets in place of Firefox's messages.
function answers() {
  const mayFail = new Set();
  const downloads = []; // those that run, which this Firefox tells without a name
  return {
    asked(text) {
      const { id, method } = JSON.parse(text);
      if (mayLack.has(method)) mayFail.add(id);
    },
    answer(text) {
      if (text.includes(ownStyle)) return undefined;
      if (text.includes('"browsingContext.download')) return download(JSON.parse(text), downloads);
      if (!mayFail.size) return text;
      const { id, error } = JSON.parse(text);
      return mayFail.delete(id) && error === 'unknown command' ? JSON.stringify({ type: 'success', id, result: {} }) : text;
    },
  };
}

function download(event, downloads) {
  const { method, params } = event;
  if (method === 'browsingContext.downloadWillBegin') {
    params.download ??= randomUUID();
    downloads.push(params);
  } else if (method === 'browsingContext.downloadEnd') {
    const at = downloads.findIndex(({ context, url }) => context === params.context && (!params.url || url === params.url));
    if (at >= 0) params.download ??= downloads.splice(at, 1)[0].download;
  }
  return JSON.stringify(event);
}
