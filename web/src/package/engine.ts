// The engine as a file of its own, with the hash of the core that it was built with.

export { Engine } from '../engine/engine';

export const core = PARLEY_WASM.integrity;
