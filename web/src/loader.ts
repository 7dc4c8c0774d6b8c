// Fetches, compiles and starts the core. A failure is an error that says what
// came instead of a core, and the next try begins afresh.

import { ParleyError, reason } from './errors';
import { newGo, type GoRuntime } from './go';

// A network that has gone silent tells nobody.
const loadTimeout = 60_000;

/** The program's exported functions: the door that `door.ts` goes through. */
export interface Exports {
  mem: WebAssembly.Memory;
  parley_input(size: number): number;
  parley_output(): number;
  parley_command(length: number): number;
  parley_frames(epoch: number, length: number): number;
  parley_socket(epoch: number, kind: number, code: number): number;
  parley_timer(id: number): number;
  parley_stored(write: number): number;
  parley_fetched(callId: number, status: number, length: number): number;
  parley_page(kind: number): number;
  parley_stats(): number;
}

/** A running core. */
export interface Program {
  exports: Exports;
  go: GoRuntime;
  /** Settles when the program has ended, which it never does on purpose. */
  ended: Promise<void>;
}

/** What Go calls on the page's side; it finds the object under a name given in its arguments. */
export interface HostObject {
  attach(socket: WebSocket, epoch: number): void;
  fetched(response: Promise<Response>, callId: number): void;
  fatal(message: string): void;
}

/** Loads the core's code once; a failed load can be tried again. */
export class Loader {
  private code: Promise<WebAssembly.Module> | undefined;

  /** The core is the given file beside the script, with this hash in the form of subresource integrity. */
  constructor(
    private readonly file: string,
    private readonly script: string,
    private readonly integrity: string,
  ) {}

  /** The compiled core: fetched on the first call, kept for a restart. */
  compiled(): Promise<WebAssembly.Module> {
    this.code ??= compile(this.file, this.script, this.integrity).catch((thrown) => {
      this.code = undefined;
      throw thrown;
    });
    return this.code;
  }

  /** Starts a new instance of the core. */
  async start(version: string, host: HostObject): Promise<Program> {
    const module = await this.compiled();
    const name = 'parley';
    let running: string | undefined;
    const own: Record<string, unknown> = {
      [name]: { ...host, ready: (core: string) => void (running = core) },
    };
    const go = newGo(own);
    go.argv = ['parley', version, name];
    const instance = await WebAssembly.instantiate(module, go.importObject);
    // The program runs up to the point where its main function waits.
    const ended = go.run(instance);
    delete own[name];
    if (running === undefined) {
      ended.catch(() => {});
      throw new ParleyError(500, 'the chat core ended while it started');
    }
    if (running !== version) {
      ended.catch(() => {});
      throw new ParleyError(500, `the chat core is version ${running}, the script ${version}`);
    }
    return { exports: instance.exports as unknown as Exports, go, ended };
  }
}

async function compile(file: string, script: string, integrity: string): Promise<WebAssembly.Module> {
  if (typeof WebAssembly !== 'object') throw new ParleyError(500, 'this browser has no WebAssembly');
  let url = file;
  let response: Response;
  try {
    url = new URL(file, script).href;
    response = await fetch(url, { integrity, signal: AbortSignal.timeout?.(loadTimeout) });
  } catch (thrown) {
    throw await refusal(url, thrown);
  }
  const type = response.headers.get('content-type') ?? 'no content type';
  try {
    // Streaming refuses any other type; some servers do not know this one.
    if (/^application\/wasm\b/.test(type) && typeof WebAssembly.compileStreaming === 'function') {
      return await WebAssembly.compileStreaming(response);
    }
    return await WebAssembly.compile(await response.arrayBuffer());
  } catch (thrown) {
    throw new ParleyError(503, `${url} is no chat core (${type}): ${reason(thrown)}`);
  }
}

// What is not the core, an error page too, fails as a missing network does; so
// the server is asked once more what it has there.
async function refusal(url: string, thrown: unknown): Promise<ParleyError> {
  const there = await fetch(url, { method: 'HEAD' }).catch(() => undefined);
  if (there?.ok) return new ParleyError(502, `${url} is not the chat core that belongs to this script: its hash differs`);
  return new ParleyError(503, `could not load the chat core: ${url}${there ? ` answered ${there.status}` : `: ${reason(thrown)}`}`);
}
