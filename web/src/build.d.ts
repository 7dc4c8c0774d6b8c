// What build.mjs puts in place of these names.

/** Version of the SDK, from package.json. */
declare const PARLEY_VERSION: string;

/** The core, and what runs it: files beside the script. `integrity` is SHA-384, as `fetch` and script tags take it. */
declare const PARLEY_WASM: { name: string; integrity: string };
declare const PARLEY_ENGINE: { name: string; integrity: string };
declare const PARLEY_WORKER: { name: string; integrity: string };
declare const PARLEY_DEBUG: { name: string; integrity: string };

/** The core's file as seen from the package's modules, such as `../parley.<hash>.wasm`. */
declare const PARLEY_WASM_PATH: string;

/** The chat's script, which the element's loads. */
declare const PARLEY_SCRIPT: { name: string; integrity: string };

/** What shows messages that are HTML: a file beside the element's script. */
declare const PARLEY_HTML: { name: string; integrity: string };

/** What most visits do not need at first: another. */
declare const PARLEY_EXTRAS: { name: string; integrity: string };

/** The hash in the names of the texts' files. */
declare const PARLEY_TEXTS: string;

declare module '*.css' {
  const sheet: string;
  export default sheet;
}

declare module 'wasm-exec' {
  /** Runs Go's wasm_exec.js with the given objects as its global and its file system. */
  export default function wasmExec(scope: object, fs: object): void;
}
