// A core in a Worker, as the page's half of the bridge knows it: what a Runner does there (worker/worker-script.ts), asked for
// by messages.

import type { CommandName, Effect, PageEvent } from '../shared/abi';
import type { CoreCode, Level, RecordFrom, RemoteProgram } from '../shared/contract';
import { ParleyError } from '../shared/errors';
import { write } from '../shared/logger';
import type { Beginning } from './first-request';
import { Joined } from './joined';
import type { RunnerEnds, Running } from './runner';
import { nextTask } from './task';

type Figures = Record<string, number> | null;
type Reason = Pick<ParleyError, 'code' | 'reason'>;

/** The messages to the Worker. */
export interface FromPage {
  start(beginning: Beginning, addresses: string[]): void;
  command(call: number, name: CommandName, json: string): void;
  fetched(call: number, status: number, body: string): void;
  page(kind: PageEvent): void;
  /** Asks for `figures`. */
  figures(): void;
  /** Asks for `pong` with this number. */
  ping(question: number): void;
  /** Records from now on, or no longer. */
  record(from: RecordFrom | undefined): void;
  /** Asks for `stopped`. */
  stop(): void;
}

/** The messages from the Worker. */
export interface ToPage {
  /** The Worker's script runs. */
  here(): void;
  /** The core runs. */
  started(): void;
  apply(batch: Effect[]): void;
  /** With code and reason of a ParleyError, where the core does not start. */
  failed(message: string, own?: Reason): void;
  refused(message: string): void;
  figures(figures: Figures): void;
  pong(question: number): void;
  recorded(entry: unknown): void;
  log(level: Level, text: string): void;
  stopped(): void;
}

/** What gets what comes of a core in a Worker. */
export interface RemoteEnds extends RunnerEnds {
  /** The Worker's policy refuses something of the connection. */
  refused(message: string): void;
}

// A Worker that is asked and says nothing has ended, or stands still. It is asked twice, with this time for each answer, in
// milliseconds; and every so often when there is nothing else to do.
const patience = 5000;
const askEvery = 15_000;
// A timer that is late by so much has waited for a page that stood still, and says nothing about the Worker.
const late = 1000;
// How long its script may take to load, and its sockets for their goodbye.
const loadTimeout = 60_000;
const goodbye = 1000;
// So many commands may be on their way to it.
const mostCommands = 4096;

export class Remote implements Running, RemoteProgram {
  private last: Figures = null;
  private watch: ReturnType<typeof setTimeout> | undefined;
  private readonly asking: ReturnType<typeof setInterval>;
  private leaving: ReturnType<typeof setTimeout> | undefined;
  private keep: (entry: unknown) => void = () => {};
  private over = false;
  private heard = false;
  private commands = 0;
  private started!: () => void;
  private stopped = () => {};
  // How often it was asked to have all carried out, and what hears of the last time.
  private questions = 0;
  private answered = () => {};
  private readonly said = new Joined<unknown[]>((message) => this.worker.postMessage(message));
  // Gets the end of the core; before it runs that is why it does not start.
  private ended!: (message: string, own?: Reason) => void;

  private constructor(
    private readonly worker: Worker,
    private readonly ends: RemoteEnds,
  ) {
    const messages: ToPage = {
      here: () => {},
      started: () => this.started(),
      apply: (batch) => ends.apply(batch),
      failed: (...values) => this.fail(...values),
      refused: (message) => ends.refused(message),
      figures: (figures) => (this.last = figures),
      pong: (question) => question === this.questions && this.answered(),
      recorded: (entry) => this.keep(entry),
      log: write,
      stopped: () => this.stopped(),
    };
    worker.onmessage = ({ data }) => {
      clearTimeout(this.watch);
      this.watch = undefined;
      this.heard = true;
      this.commands = 0;
      for (const [name, ...values] of data) if (!this.over || name === 'stopped') (messages as any)[name](...values);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.fail(event.message || 'its script could not be loaded');
    };
    this.asking = setInterval(() => this.post('ping', 0), askEvery);
  }

  /** Starts a core in a Worker, unless `over` comes. The promise is rejected, with nothing left, where that cannot be. */
  static async start(files: CoreCode, beginning: Beginning, ends: RemoteEnds, over: AbortSignal): Promise<Remote> {
    const url = files.beside(PARLEY_WORKER.name);
    let address = url;
    // Browsers make Workers of files of the page's own origin only.
    if (!url.startsWith(`${origin}/`)) {
      const code = await fetch(url, { integrity: PARLEY_WORKER.integrity, signal: AbortSignal.timeout?.(loadTimeout) });
      address = URL.createObjectURL(await code.blob());
    }
    try {
      const remote = new Remote(new Worker(files.trusted(address)), ends);
      const end = () => remote.fail('ended before it started');
      await new Promise<void>((started, failed) => {
        remote.started = started;
        const broken = { code: 500, reason: 'core-ended' };
        remote.ended = (message, own = broken) => failed(new ParleyError(`${own.code} ${own.reason}`, message));
        over.addEventListener('abort', end);
        if (over.aborted) return end();
        remote.post('start', beginning, files.addresses());
      }).finally(() => over.removeEventListener('abort', end));
      remote.ended = ends.failed;
      remote.post('figures');
      return remote;
    } finally {
      if (address !== url) URL.revokeObjectURL(address);
    }
  }

  command(call: number, name: CommandName, json: string): void {
    if (++this.commands <= mostCommands) return this.post('command', call, name, json);
    const message = `more than ${mostCommands} requests are on their way to the core`;
    this.ends.apply([['reject', call, { code: 429, message, reason: 'too-many-requests' }]]);
  }

  fetched(call: number, status: number, body: string): void {
    this.post('fetched', call, status, body);
  }

  page(kind: PageEvent): void {
    this.post('page', kind);
  }

  /** The figures of the last time that it was asked, since an answer comes later. */
  stats(): Figures {
    this.post('figures');
    return this.last;
  }

  record(from: RecordFrom, keep: (entry: any) => void): () => void {
    this.keep = keep;
    this.post('record', from);
    return () => {
      this.keep = () => {};
      this.post('record', undefined);
    };
  }

  settled(): Promise<unknown> | undefined {
    if (this.over) return;
    return new Promise<void>((done) => {
      this.answered = done;
      this.post('ping', ++this.questions);
    });
  }

  stop(): Promise<unknown> {
    if (this.over) return Promise.resolve();
    this.post('stop');
    this.over = true;
    return new Promise<void>((stopped) => {
      const end = () => {
        clearTimeout(this.leaving);
        this.end();
        stopped();
      };
      this.stopped = end;
      this.leaving = setTimeout(end, goodbye);
    });
  }

  private post<Name extends keyof FromPage>(name: Name, ...values: Parameters<FromPage[Name]>): void {
    if (this.over) return;
    this.said.send([name, ...values]);
    this.watch ??= this.expect(() => {
      if (!this.heard) return this.fail('its script did not load in time');
      this.said.send(['ping', 0]);
      this.watch = this.expect(() => this.fail('the chat core does not answer: its Worker has ended, or stands still'));
    });
  }

  // Runs `missed` when the Worker has said nothing for the time of patience.
  private expect(missed: () => void): ReturnType<typeof setTimeout> {
    const time = this.heard ? patience : loadTimeout;
    const due = performance.now() + time;
    const timer = setTimeout(async () => {
      await nextTask(); // what it has said may wait behind this
      if (this.watch !== timer) return;
      this.watch = undefined;
      if (performance.now() > due + late) this.post('ping', 0);
      else missed();
    }, time);
    return timer;
  }

  private fail(message: string, own?: Reason): void {
    if (this.over) return;
    this.over = true;
    this.end();
    this.ended(message, own);
  }

  private end(): void {
    this.answered();
    clearTimeout(this.watch);
    clearInterval(this.asking);
    this.worker.terminate();
  }
}
