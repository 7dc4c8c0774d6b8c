// A sample of docs/testkit.md: Playwright drives a page of yours, whose chat server is the fake one.
import { readFile } from 'node:fs/promises';
import { test as base, expect } from '@playwright/test';
import { fakeServer, type NodeFakeServer } from 'parley-chat/testkit/node';

const html = await readFile(new URL('../shop.html', import.meta.url), 'utf8');

const test = base.extend<{ chat: NodeFakeServer }>({
  chat: async ({ page }, use) => {
    const chat = await fakeServer({ agents: ['Grace'], settings: { rooms: ['tea'] } });
    // Your page comes from your own server; it is part of this sample. Its script comes from the chat server.
    await page.route(`${chat.url}/shop`, (route) => route.fulfill({ body: html, contentType: 'text/html' }));
    await page.goto(`${chat.url}/shop`);
    await use(chat);
    await chat.close();
  },
});

test('the visitor asks, and the shop answers', async ({ page, chat }) => {
  chat.agent('Grace').greets('Welcome!').answers(/green/i, 'Yes, from Uji.', { typing: 2000 });
  await page.getByRole('button', { name: 'Ask us' }).click();
  await expect(page.getByText('Shop: Welcome!')).toBeVisible();

  await page.getByLabel('Your message').fill('Do you have green tea?');
  await page.getByRole('button', { name: 'Send' }).click();
  await chat.expectMessage('Do you have green tea?', { from: 'visitor' });
  await expect(page.getByText('The shop is typing…')).toBeVisible();

  await chat.clock.advance(2000); // the fake server's time: nothing has to be waited for
  await expect(page.getByText('Shop: Yes, from Uji.')).toBeVisible();
});

test('a message that the network loses arrives once', async ({ page, chat }) => {
  await page.getByRole('button', { name: 'Ask us' }).click();
  await page.getByLabel('Your message').fill('Hello?');
  const fault = chat.faults.cut({ of: 'messages:new', times: 1 }); // the server has it, and its answer is lost
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByText('You: Hello?')).toBeVisible();
  expect(fault.hits).toBe(1);
  expect(chat.said({ from: 'visitor' }).map(({ text }) => text)).toEqual(['Hello?']);
});

test('a refused message says so', async ({ page, chat }) => {
  await page.getByRole('button', { name: 'Ask us' }).click();
  const fault = chat.faults.refuse(403, { of: 'messages:new', message: 'The shop is closed.' });
  await page.getByLabel('Your message').fill('Hello?');
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByText('Not sent: Hello? (The shop is closed.)')).toBeVisible();
  expect(fault.hits).toBe(1);
});

test('nobody is there', async ({ page, chat }) => {
  chat.agent('Grace').onDuty(false);
  await page.getByRole('button', { name: 'Ask us' }).click();
  await expect(page.getByText('Nobody is here now.')).toBeVisible();
});
