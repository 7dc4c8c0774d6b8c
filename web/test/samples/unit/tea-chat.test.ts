// A sample of docs/testkit.md: Vitest tests a component in jsdom or happy-dom, with the real chat
// core and the fake server in the same process.
import { readFile } from 'node:fs/promises';
import { ICF } from 'parley-chat';
import { type FakeServer, fakeServer } from 'parley-chat/testkit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { teaChat } from './tea-chat';

// The core lies beside the script of the package. As fetch of Node reads no files, it comes from the fake server.
const dist = new URL('.', import.meta.resolve('parley-chat/icf.sdk.js'));
const files = (name: string) => readFile(new URL(name, dist)).catch(() => undefined);

let server: FakeServer;
let root: HTMLElement;

beforeEach(() => {
  server = fakeServer({ agents: ['Grace'], settings: { rooms: ['tea'] }, files });
  root = document.createElement('div');
  document.body.append(root);
  teaChat(root, ICF, { server: server.url, baseURL: `${server.url}/sdk/1/` });
});

afterEach(async () => {
  await ICF.Lobby.close();
  server.close();
  root.remove();
});

async function ask(text: string): Promise<void> {
  root.querySelector('button')!.click();
  await server.until('the agent is there', () => server.chats[0]?.users.includes('Grace'));
  root.querySelector('input')!.value = text;
  root.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
}

const lines = () => [...root.querySelectorAll('li')].map(({ textContent }) => textContent);

test('an answer is shown when its time has come', async () => {
  server.agent('Grace').answers(/green/i, 'Yes, from Uji.', { typing: 2000 });
  await ask('Do you have green tea?');
  await server.expectMessage(/green tea/);
  await vi.waitFor(() => expect(lines()).toEqual(['You: Do you have green tea?']));
  await server.clock.advance(2000);
  expect(lines()).toEqual(['You: Do you have green tea?', 'Shop: Yes, from Uji.']);
});

test('what the server refuses is shown as not sent', async () => {
  const fault = server.faults.refuse(403, { of: 'messages:new', message: 'The shop is closed.' });
  await ask('Hello?');
  await vi.waitFor(() => expect(lines()).toEqual(['Not sent: Hello? (The shop is closed.)']));
  expect(fault.hits).toBe(1);
});
