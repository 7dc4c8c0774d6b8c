// The fixtures of the end-to-end tests. `import { test, expect } from './support/fixtures.ts'`
//
//   server   a parleyd of the test's own, with demo data; stop, kill and start it at will
//   page     a page whose errors fail the test; `baseURL` is the server
//   guard    guard.allow(/.../) for errors that a test expects
//   people   people.visitor() and people.agent('agent1'): each in a browser profile of its own
//   sdk      a page of another site with the script tag: sdk() or sdk({ server: link.url })
//   attendedPage  such a page, whose visitor has agent1 in the chat: attendedPage() or attendedPage(link.url)
//   reverseProxy  HTTP proxies that serve the server below a path; a test names it first, so that they outlive its pages
//   link     the network between a page and the server: cut, delay, hold, refuse
//   plain    a profile of a Chromium that Playwright has set nothing in, so that its pages can be frozen
//   wire     wire(token) or wire.agent('agent1'): bare sockets that play a part quickly
import { type Browser, type BrowserContext, type BrowserContextOptions, test as base, expect, type Page } from '@playwright/test';
import { BlankSite } from './blank.ts';
import { limited, possible } from './engine.ts';
import { Guard } from './guard.ts';
import { Link } from './link.ts';
import { Agent, Visitor } from './pages.ts';
import { PlainChromium } from './plain-chromium.ts';
import { type ProxyRules, ReverseProxy } from './reverse-proxy.ts';
import { attended, enter, openChat } from './sdk.ts';
import { Server } from './server.ts';
import { agentWire, Wire } from './wire.ts';

export { connectionErrors, endedEarly } from './guard.ts';
export { loginAgent, WireError } from './wire.ts';
export { expect };

interface People {
  /** A visitor at the demo page, which is open. */
  visitor(options?: BrowserContextOptions): Promise<Visitor>;
  /** An agent at the console, logged in and on duty. */
  agent(user?: string, options?: BrowserContextOptions): Promise<Agent>;
}

interface Wires {
  /** Connects and opens the session of a token. */
  (token: string): Promise<Wire>;
  /** Connects and leaves the rest to the test. */
  connect(): Promise<Wire>;
  /** An agent on duty. */
  agent(user?: string, rooms?: string[]): Promise<Wire>;
}

/** A visitor's page, and the agent in its chat. */
export interface Talk {
  page: Page;
  /** The visitor. */
  me: string;
  token: string;
  chatId: string;
  agent: Wire;
  agentId: string;
}

interface TestOptions {
  /** Pages have their core in a Worker, also those of another site. */
  inWorker: boolean;
  /** What the test's server is started with besides. */
  serverFlags: string[];
}

interface TestFixtures {
  server: Server;
  serverWith: (...flags: string[]) => Promise<Server>;
  guard: Guard;
  newContext: (options?: BrowserContextOptions) => Promise<BrowserContext>;
  people: People;
  sdk: (options?: { server?: string; script?: string; page?: Page }) => Promise<Page>;
  attendedPage: (server?: string) => Promise<Talk>;
  link: Link;
  reverseProxy: (rules: ProxyRules, target?: Server) => Promise<ReverseProxy>;
  wire: Wires;
  plain: BrowserContext;
}

interface WorkerFixtures {
  site: BlankSite;
}

export const test = base.extend<TestFixtures & TestOptions, WorkerFixtures>({
  inWorker: [false, { option: true }],
  serverFlags: [[], { option: true }],

  server: async ({ serverFlags }, use) => {
    const server = new Server(...serverFlags);
    await server.start();
    await use(server);
    await server.dispose();
  },

  site: [
    async ({}, use) => {
      const site = new BlankSite();
      await site.start();
      await use(site);
      await site.stop();
    },
    { scope: 'worker' },
  ],

  // Contexts have the base URL, and so are closed before any server stops: a page whose server goes reports errors.
  serverWith: async ({}, use) => {
    const servers: Server[] = [];
    await use(async (...flags) => {
      const server = new Server(...flags);
      servers.push(server);
      await server.start();
      return server;
    });
    for (const server of servers) await server.dispose();
  },

  baseURL: async ({ server, serverWith: _ }, use) => use(server.url),

  guard: async ({}, use) => {
    const guard = new Guard();
    await use(guard);
    expect(guard.unexpected, 'errors that the pages reported').toEqual([]);
  },

  context: async ({ context, guard, inWorker }, use) => {
    guard.watch(context);
    if (inWorker) await context.addInitScript(beginInWorker);
    await use(limited(context));
  },

  newContext: async ({ browser, guard, baseURL, inWorker }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (options) => {
      const context = await (browser as Browser).newContext({ ...(baseURL && { baseURL }), ...possible(options) });
      contexts.push(context);
      guard.watch(context);
      if (inWorker) await context.addInitScript(beginInWorker);
      return limited(context);
    });
    for (const context of contexts) await context.close();
  },

  plain: async ({ guard }, use) => {
    const browser = PlainChromium.start();
    const context = await browser.context();
    guard.watch(context);
    await use(context);
    await browser.stop();
  },

  people: async ({ newContext }, use) =>
    use({
      visitor: async (options) => new Visitor(await (await newContext(options)).newPage()).visit(),
      agent: async (user, options) => new Agent(await (await newContext(options)).newPage()).begin(user),
    }),

  sdk: async ({ context, server, site }, use) =>
    use(async (options = {}) => {
      const page = options.page ?? (await context.newPage());
      await page.goto(site.page(options.script ?? `${options.server ?? server.url}/sdk/1/icf.sdk.js`));
      await page.waitForFunction(() => 'ICF' in window);
      return page;
    }),

  attendedPage: async ({ sdk, wire }, use) =>
    use(async (server) => {
      const agent = await wire.agent('agent1');
      const page = await sdk(server ? { server } : {});
      const { id, token } = await enter(page);
      const chatId = await openChat(page);
      await attended(page, agent, chatId);
      return { page, me: id, token, chatId, agent, agentId: agent.user.id };
    }),

  link: async ({ server }, use) => {
    const link = new Link(server.port);
    await link.start();
    await use(link);
    await link.close();
  },

  reverseProxy: async ({ server }, use) => {
    const proxies: ReverseProxy[] = [];
    await use(async (rules, target = server) => {
      const proxy = await new ReverseProxy(target.port, rules).start();
      proxies.push(proxy);
      return proxy;
    });
    for (const proxy of proxies) await proxy.close();
  },

  wire: async ({ server }, use) => {
    const wires: Wire[] = [];
    const agents: Wire[] = [];
    const keep = (wire: Wire) => (wires.push(wire), wire);
    const connect = async () => keep(await Wire.connect(server.url));
    const opened = async (token: string) => {
      const wire = await connect();
      await wire.open(token);
      return wire;
    };
    await use(
      Object.assign(opened, {
        connect,
        agent: async (user?: string, rooms?: string[]) => {
          const agent = keep(await agentWire(server.url, user, rooms));
          agents.push(agent);
          return agent;
        },
      }),
    );
    // An agent whose connection is merely gone would be invited for a while yet.
    for (const agent of agents) if (!agent.closed) await agent.request('agents:available', { available: false });
    for (const wire of wires) await wire.close(true);
  },
});

// Has ICF.init begin in a Worker, where the page does not say otherwise.
function beginInWorker(): void {
  let icf: typeof ICF;
  Object.defineProperty(globalThis, 'ICF', {
    configurable: true,
    enumerable: true,
    get: () => icf,
    set(value: typeof ICF) {
      const { init } = value;
      icf = Object.assign(value, {
        init: (options: any, ...rest: any[]) =>
          (init as any).call(value, options && typeof options === 'object' ? { worker: true, ...options } : options, ...rest),
      });
    },
  });
}
