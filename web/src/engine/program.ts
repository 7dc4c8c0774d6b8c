// Starts the core's program, up to the point where its main function waits.

import type { Exports, Host } from '../shared/abi';
import { ParleyError } from '../shared/errors';
import type { FirstRequest } from './first-request';
import { type GoRuntime, newGo } from './go';
import { meets } from './policy';
import { nextTask } from './task';

/** A running core. */
export interface Program {
  exports: Exports;
  go: GoRuntime;
  /** Settles when the program has ended, which it never does on purpose. */
  ended: Promise<void>;
}

/** What Go calls of the page; it finds the object under the name `parley`. */
export type HostObject = Omit<Host, 'ready'>;

/** Starts a new instance of the core, which must be of this version. `over` ends its HTTP requests; `first` was made before. */
export async function startProgram(
  module: WebAssembly.Module,
  version: string,
  host: HostObject,
  over: AbortSignal,
  first?: FirstRequest,
): Promise<Program> {
  let running: string | undefined;
  const own: Record<string, unknown> = {
    parley: { ...host, ready: (core: string) => void (running = core) },
    fetch: (url: string, options: RequestInit) => {
      const made = first?.url === url && first.response;
      first = undefined;
      meets(url);
      return made || fetch(url, { ...options, signal: over });
    },
  };
  const go = newGo(own);
  await nextTask();
  // WebKit compiles what the page's policy forbids, and refuses to run it.
  const instance = await WebAssembly.instantiate(module, go.importObject).catch((thrown) => {
    const refused = String(thrown).includes('wasm-unsafe-eval');
    throw refused ? new ParleyError('503 refused-by-policy', "the page's policy lacks 'wasm-unsafe-eval' in script-src") : thrown;
  });
  await nextTask();
  // The program runs up to the point where its main function waits.
  const ended = go.run(instance);
  ended.catch(() => {}); // the runner hears of it
  delete own.parley;
  if (running === undefined) {
    throw new ParleyError('500 core-ended', 'the chat core ended while it started');
  }
  if (running !== version) {
    throw new ParleyError('500 wrong-version', `the chat core is version ${running}, the script ${version}`);
  }
  await nextTask();
  return { exports: instance.exports as unknown as Exports, go, ended };
}
