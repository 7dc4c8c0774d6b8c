// The fake server as tests have it. What carries connections and requests to it is in page.ts,
// or in node/.

import type * as Public from '../../testkit';
import { FakeAgent } from './agent';
import { Backend, type Settings } from './backend';
import { check } from './chat-log';
import { type Clock, SystemClock, VirtualClock } from './clock';
import { usualTypes } from './file-types';
import { Ids } from './ids';
import { Network } from './network';
import { SYSTEM } from './protocol';
import { Routing } from './routing';
import { load, save, savedAt } from './saved';
import { said, transcript } from './transcript';

const usual: Settings = {
  queue: false,
  maxChatsPerAgent: 0,
  assignTimeout: 30,
  assignMaxAttempts: 10,
  algorithm: 'leastBusy',
  media: { active: true, maxBytes: 25 << 20, types: usualTypes },
  rooms: ['1', '2'],
  languages: [],
  cannedReplies: [],
};

// As they are when this file is loaded, so that fake timers that come later do not stop a test's patience.
const setTimer = globalThis.setTimeout.bind(globalThis);
const clearTimer = globalThis.clearTimeout.bind(globalThis);

export class FakeServer implements Public.FakeServer {
  readonly clock: Clock;
  readonly network: Network;
  backend: Backend;
  routing: Routing;
  isDown = false;
  readonly files: NonNullable<Public.FakeServerOptions['files']>;
  /** Whether it serves the files below /sdk/ itself. */
  readonly hasFiles: boolean;
  private readonly settings: Settings;
  private readonly seed: number;
  private readonly agents = new Map<string, FakeAgent>();
  private readonly lookers = new Set<() => void>();

  constructor(
    readonly url: string,
    { seed = 1, clock = 'virtual', start = '2026-01-01T12:00:00Z', agents = [], settings, files, from }: Public.FakeServerOptions = {},
  ) {
    const begin = from ? savedAt(from) : new Date(start).getTime();
    if (Number.isNaN(begin)) throw new TypeError(`fakeServer: the option start must be a time, got ${start}`);
    this.seed = seed;
    this.files = files ?? (() => undefined);
    this.hasFiles = files !== undefined;
    this.clock = clock === 'system' ? new SystemClock() : new VirtualClock(begin);
    const media = { ...usual.media, ...settings?.media };
    this.settings = { ...usual, ...settings, media };
    this.backend = this.newBackend();
    this.routing = new Routing(this.backend);
    this.network = new Network(this);
    if (from) load(this.backend, this.routing, from);
    this.connectAgents();
    for (const given of agents) {
      const { name, ...options } = typeof given === 'string' ? { name: given } : given;
      this.agent(name, options);
    }
  }

  get faults(): Public.Faults {
    return this.network.faults;
  }

  get frames(): readonly Public.SeenFrame[] {
    return this.network.frames;
  }

  get connections(): number {
    return this.network.links.size;
  }

  get chats(): Public.FakeChat[] {
    return [...this.backend.chats.values()].map((chat) => {
      const { status, room, creator, users } = chat.state;
      const queuePosition = this.routing.position(chat);
      const names = users.map(({ nickname, name }) => nickname || name);
      return { id: chat.id, status, room, creator, users: names, queuePosition, ticketNumber: chat.ticket.number };
    });
  }

  agent(name: string, options: Public.FakeAgentOptions = {}): FakeAgent {
    const known = this.agents.get(name);
    if (known) return known;
    const { fullName = name, nickname = fullName, role = 'agent', rooms = [], langs = [], onDuty = true, password = 'demo' } = options;
    const id = this.backend.ids.next();
    const user = { id, name: fullName, nickname, providerId: id, role };
    this.backend.addAccount({ user, username: name, password, rooms, langs });
    const agent = this.connectAgent(name, id);
    if (onDuty) agent.onDuty();
    return agent;
  }

  said(filter?: Public.SaidFilter): Public.Said[] {
    return said(this.backend, filter);
  }

  expectMessage(text: string | RegExp, { within, ...filter }: Public.SaidFilter & Public.Patience = {}): Promise<Public.Said> {
    const fits = (one: Public.Said) => (typeof text === 'string' ? one.text === text : one.text.search(text) >= 0);
    const by = filter.from ? ` of the ${filter.from}` : '';
    const where = filter.chat ? ` in chat ${filter.chat}` : '';
    const what = `a message${by}${where} ${typeof text === 'string' ? JSON.stringify(text) : `like ${text}`}`;
    return this.until(what, () => this.said(filter).find(fits), within === undefined ? {} : { within });
  }

  async until<T>(what: string, test: () => T, { within = 5000 }: Public.Patience = {}): Promise<NonNullable<T>> {
    const trace = new Error(); // its stack leads to the caller
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimer(timer);
        this.lookers.delete(look);
      };
      const look = () => {
        try {
          const found = test();
          if (!found) return;
          end();
          resolve(found);
        } catch (thrown) {
          end();
          reject(thrown);
        }
      };
      const timer = setTimer(() => {
        end();
        trace.message = `${what}: did not happen within ${within} ms.\n${this.report()}`;
        reject(trace);
      }, within);
      this.lookers.add(look);
      look();
    });
  }

  transcript(): string {
    return transcript(this.backend);
  }

  closeChat(chatId: string): void {
    const chat = this.backend.chat(chatId);
    this.backend.work(() => {
      check(chat, SYSTEM, 'chats:close');
      this.backend.append(chat, SYSTEM, '', 'chats:close', () => ({ chatId, userId: SYSTEM }));
      this.routing.makeTicket(chat);
    });
  }

  expiryAlert(chatId: string, timeLeft: number): void {
    const chat = this.backend.chat(chatId);
    this.backend.work(() => {
      check(chat, SYSTEM, 'chats:expiryAlert');
      this.backend.append(chat, SYSTEM, '', 'chats:expiryAlert', () => ({ chatId, timeLeft }));
    });
  }

  restart({ downFor = 0, crash = false, log = true }: { downFor?: number; crash?: boolean; log?: boolean } = {}): void {
    const saved = save(this.backend);
    const before = this.backend;
    if (crash) this.network.cutAll();
    for (const connection of [...before.connections]) connection.end(1001, 'server is going away', Math.ceil(downFor / 1000));
    this.isDown = true;
    const up = () => {
      this.backend = this.newBackend();
      this.routing = new Routing(this.backend);
      if (log) load(this.backend, this.routing, saved);
      else for (const account of before.agents()) this.backend.addAccount(account);
      this.isDown = false;
      this.connectAgents();
    };
    if (downFor > 0) this.clock.after(downFor, up);
    else up();
  }

  save(): Public.SavedServer {
    return save(this.backend);
  }

  close(): void {
    this.isDown = true;
    this.network.cutAll();
  }

  private newBackend(): Backend {
    const ids = this.backend?.ids ?? new Ids(this.seed);
    return new Backend(this.clock, ids, this.settings, () => {
      for (const look of [...this.lookers]) look();
    });
  }

  // After a restart, or with what another server has saved.
  private connectAgents(): void {
    for (const { user, username } of this.backend.agents()) {
      const agent = this.agents.get(username!);
      if (agent) agent.connect();
      else this.connectAgent(username!, user.id);
    }
  }

  private connectAgent(name: string, id: string): FakeAgent {
    const agent = new FakeAgent(this, name, id);
    this.agents.set(name, agent);
    agent.connect();
    return agent;
  }

  private report(): string {
    const { count, nextIn } = this.clock.waiting();
    const kind = this.clock instanceof VirtualClock ? 'virtual' : 'that of the system';
    const advice = count && kind === 'virtual' ? `: clock.advance(${nextIn}) lets it happen` : '';
    const waits = count ? `${count} things wait for their time, the next for ${nextIn} ms${advice}` : 'nothing waits for its time';
    const last = this.frames
      .slice(-10)
      .map(({ to, connection, frame }) => `  ${connection} ${to === 'server' ? '->' : '<-'} ${brief(frame)}`);
    return [
      `The clock is ${kind}; ${waits}. Connections: ${this.connections}.`,
      'The transcript:',
      this.transcript(),
      'The last frames:',
      ...(last.length ? last : ['  (there was none: does the page use the address of the fake server?)']),
    ].join('\n');
  }
}

function brief(frame: Public.WireFrame): string {
  const text = JSON.stringify(frame);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
