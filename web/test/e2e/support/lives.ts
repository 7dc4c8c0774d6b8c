// A page in which the chat begins and ends many times, and what the page holds after it.
import type { CDPSession, Page } from '@playwright/test';

/** What the page holds when all garbage is collected. */
export interface Held {
  /** Bytes of the script's heap. */
  heap: number;
  listeners: number;
  nodes: number;
  documents: number;
  /** WebAssembly memories that are alive, and their bytes. */
  memories: number;
  memory: number;
}

/** Init, a visitor's chat, a message, destroy: so many times. The session goes on for ten lives, then another begins. */
export function live(page: Page, times: number): Promise<void> {
  return page.evaluate(async (times) => {
    for (let life = 0; life < times; life++) {
      await ICF.init({ appId: 'demo' });
      if (!ICF.Lobby.logged) {
        const { data } = await ICF.Api.request('/users', 'POST', { name: 'Visitor' });
        await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
      }
      const [known] = Object.values(ICF.Lobby.getUserChats());
      const chat = known ?? (await ICF.Chat.init({ room: '1' }));
      chat.on('message:received', () => {});
      ICF.Parley.on('connection', () => {});
      await chat.sendMessage(`message ${life}`);
      if (life % 10 === 9) {
        await chat.close();
        await ICF.Lobby.close();
      }
      await ICF.Parley.destroy();
    }
  }, times);
}

/** Collects the page's garbage and looks; the page counts its memories, by `takeCensus`. */
export async function held(page: Page, devtools: CDPSession): Promise<Held> {
  for (let i = 0; i < 3; i++) {
    await devtools.send('HeapProfiler.collectGarbage');
    await page.evaluate(() => new Promise((later) => setTimeout(later))); // what a task has seen of a weak reference stays until its end
  }
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const { jsEventListeners, nodes, documents } = await devtools.send('Memory.getDOMCounters');
  const sizes = await page.evaluate(() => window.census.memories.flatMap((ref) => ref.deref()?.buffer.byteLength ?? []));
  return {
    heap: usedSize,
    listeners: jsEventListeners,
    nodes,
    documents,
    memories: sizes.length,
    memory: sizes.reduce((sum, size) => sum + size, 0),
  };
}
