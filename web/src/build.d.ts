// What build.mjs puts in place of these names.

/** Version of the SDK, from package.json. */
declare const PARLEY_VERSION: string;

/** File name of the core beside the script, with its content hash. */
declare const PARLEY_WASM: string;

/** Its SHA-384, as `fetch` and script tags take it. */
declare const PARLEY_WASM_INTEGRITY: string;

declare module 'wasm-exec' {
  /** Runs Go's wasm_exec.js with the given objects as its global and its file system. */
  export default function wasmExec(scope: object, fs: object): void;
}
