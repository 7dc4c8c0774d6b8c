// What the script (sdk) and its engine ask of each other. Types only: neither room imports the other.

import type * as Public from '../../index';
import type { CommandName, Commands, Effects, Exports } from './abi';
import type { ParleyError } from './errors';
import type { shared } from './index';
import type { Emitter } from './listeners';

/** A file of the build: its name with its content's hash, and that hash in the form of subresource integrity. */
export interface Built {
  name: string;
  integrity: string;
}

/** The page's options of `ICF.init`, checked and completed. */
export interface CoreOptions extends Pick<Commands['init'], 'appId' | 'api' | 'socket' | 'domainKey'> {
  /** Where the session is kept for the next page. */
  session: 'cookie' | 'tab' | 'none';
  /** The core runs in a Worker if it can; where the page does not say, the script decides. */
  worker: boolean | undefined;
  /** The session's cookie is for all hosts of the registrable domain. */
  cookieOnDomain: boolean | undefined;
}

/** What the core says of the session; an absent member has not changed. */
export type SessionMirror = Effects['session'][0];

/** One attempt to move a file, as the core orders it. */
export type TransferOrder = Effects['transfer'][1];

/** The file of a call, moved by the browser. */
export interface FileTransfer {
  /** The core has the call; `abandon` tells it that the page wants it no more. */
  begun(abandon: () => void): void;
  move(order: TransferOrder, answer: (status: number, text: string) => void): void;
  end(done: boolean): void;
}

/** Sends a command to the core. `onCreate` is called when the core has accepted a message, before the promise settles. */
export type Call = <Name extends CommandName>(
  name: Name,
  args: Commands[Name],
  onCreate?: (...created: any[]) => void,
  transfer?: FileTransfer,
) => Promise<any>;

/** What a chat needs of the core. `limits`: of one message in characters, of a frame in bytes. */
export interface Caller {
  call: Call;
  /** The server's time, in unix milliseconds. */
  now(): number;
  /** What pages read of a chat has changed, or of the session. */
  changed(chatId?: string): void;
  readonly user: Public.User | null;
  readonly limits: { message: number; frame: number };
}

/** The page's objects that mirror the core's state. */
export interface Surface {
  icf: { isInit: boolean };
  lobby: { logged: boolean; chats: Record<string, Public.Chat> };
  events: Emitter;
  parley: { debug: Public.Debug; update(event: string, data: unknown): void; clear(): void };
}

/** What the engine asks of the script. */
export interface EngineHost extends Caller {
  /** What proves who the user is: as given to `init`, and a fresh one. */
  readonly proof: Public.Identity | undefined;
  readonly identity: (() => Public.Proof) | undefined;
  readonly token: string | null;
  mirror(session: SessionMirror): void;
  restarting(done: Promise<void>, failed: (thrown: unknown) => void): void;
  over(message: string): ParleyError;
  readonly attach: Attach | undefined;
  record(options: Public.DebugOptions): Promise<unknown>;
  readonly recording: Promise<unknown> | undefined;
}

/** A core's program in this thread, as a recorder sees it. */
export interface LocalProgram {
  exports: Exports;
  go: { exited: boolean };
}

/** A core in a Worker, which gives the recorder its entries. */
export interface RemoteProgram {
  record(from: RecordFrom, keep: (entry: any) => void): () => void;
}

export type RunningProgram = LocalProgram | RemoteProgram;

/** What the entries of a core begin with: its number, whether nothing has called it yet, and when the recording began, in unix milliseconds. */
export interface RecordFrom {
  core: number;
  fresh: boolean;
  began: number;
}

export type Level = keyof Public.Logger;

/** What the recorder asks of the script. */
export interface RecordHost {
  readonly version: string;
  readonly surface: { parley: { debug: Public.Debug } };
  readonly engine: Engine | undefined;
  /** Gets each program that starts. */
  attach: Attach | undefined;
  /** The recording that is under way. */
  recording: Promise<unknown> | undefined;
}

/** `fresh` says that nothing has called the program yet. */
export type Attach = (program: RunningProgram, fresh: boolean) => void;

/** Begins a recording: what the recorder's file gives. */
export type RecordFunction = (host: RecordHost, options: Public.DebugOptions) => Public.Debug & Public.DebugTools;

/** What the script asks of the engine. */
export interface Engine {
  /** The core that can be called, if there is one. */
  readonly running: { call: Call } | undefined;
  /** The program that runs. */
  readonly current: RunningProgram | undefined;
  start(options: CoreOptions): Promise<void>;
  logout(): Promise<void>;
  /** Begins the session of the user whom the page's proof names. */
  identify(): Promise<void>;
  download(path: string, token?: string): Promise<Blob>;
  chat(id: string): Public.Chat;
  stats(): Record<string, number> | null;
  /** Ends it for good. Calls are rejected with this error. */
  destroy(error: ParleyError): Promise<void>;
}

/** The core's code, fetched by the script. */
export interface CoreCode {
  compiled(): Promise<WebAssembly.Module>;
  /** Has the browser's cache take it, for a Worker that compiles it. */
  cached(): Promise<unknown>;
  /** Where it may lie, in the order in which to ask. */
  addresses(): string[];
  /** The address of a file of the build. */
  beside(name: string): string;
  /** The address of a script or a Worker in the form that the page requires. */
  trusted(url: string): string;
}

export interface EngineClass {
  new (core: EngineHost, surface: Surface, version: string, loader: CoreCode): Engine;
  /** Begins a recording. */
  record(host: RecordHost, files: CoreFiles, options: Public.DebugOptions): Promise<Public.Debug & Public.DebugTools>;
}

/** The files of a build, as a page gets them. Each is loaded once; a failed load can be tried again. */
export interface CoreFiles extends CoreCode {
  /** What the server's address follows from, where the page names none. Throws where there is no page. */
  readonly address: string;
  engine(): Promise<EngineClass>;
  /** A file that is rarely needed, and what it gives. */
  part(file: Built, name: 'record'): Promise<Pick<Parts, 'record'>>;
  /** The server's base of REST routes, and the folder of the files where the page names one. */
  place(api: string, baseURL: string | undefined): void;
}

/** What the files beside the script give it. */
export interface Parts {
  Engine: EngineClass;
  record: RecordFunction;
}

/** The element that runs such a file: it hands over the shared modules and receives the parts. */
export type PartScript = HTMLScriptElement & { parley: typeof shared & Partial<Parts> };
