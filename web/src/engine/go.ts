// Go's runtime for JavaScript (wasm_exec.js of the compiling Go), run on a global object of its
// own: Go's names, such as its class and its file system, do not reach the page, and a page
// that has the same names does not disturb it.

import wasmExec from 'wasm-exec';
import { write } from '../shared/logger';

/** What we use of wasm_exec's Go class. */
export interface GoRuntime {
  importObject: WebAssembly.Imports;
  exited: boolean;
  mem: DataView;
  _inst: WebAssembly.Instance & { exports: { getsp(): number } };
  _values: unknown[];
  _idPool: number[];
  _scheduledTimeouts: Map<number, ReturnType<typeof setTimeout>>;
  run(instance: WebAssembly.Instance): Promise<void>;
  _resume(): void;
}

/** Makes a runtime whose `js.Global()` is the page's, with `own` laid over it. */
export function newGo(own: Record<string, unknown>): GoRuntime {
  const fs = output();
  const scope = privateGlobal(Object.assign(own, { fs, process: undefined, path: undefined }));
  wasmExec(scope, fs);
  return new (scope.Go as new () => GoRuntime)();
}

// The file system that Go expects. What Go writes, such as the trace of a panic, goes to the
// console line by line.
function output(): object {
  const decoder = new TextDecoder();
  let rest = '';
  const writeSync = (_file: number, bytes: Uint8Array): number => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop()!;
    for (const line of lines) write('error', line);
    return bytes.length;
  };
  const none = -1;
  return {
    constants: { O_WRONLY: none, O_RDWR: none, O_CREAT: none, O_TRUNC: none, O_APPEND: none, O_EXCL: none },
    writeSync,
    write(file: number, bytes: Uint8Array, _from: number, _length: number, _at: null, done: (error: null, n: number) => void) {
      done(null, writeSync(file, bytes));
    },
  };
}

// What Go reads and does not have itself is the page's. Functions are bound, since they refuse a
// `this` that is not the window. Classes (capital letter) are not: that would hide their constants.
function privateGlobal(own: Record<string, unknown>): Record<string, unknown> {
  const page = globalThis as unknown as Record<string, unknown>;
  return new Proxy(own, {
    get(target, name: string) {
      if (name in target) return target[name];
      const value = page[name];
      return typeof value === 'function' && /^[a-z]/.test(name) ? value.bind(page) : value;
    },
  });
}
