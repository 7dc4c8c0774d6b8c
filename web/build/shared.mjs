// The script and its engine are two files with modules in common, which must be
// there once: the engine's imports of them lead to what the script hands over by
// the element that runs the engine (src/shared.ts, src/loader.ts).

import { readFileSync } from 'node:fs'

const source = readFileSync(new URL('../src/shared.ts', import.meta.url), 'utf8')
const names = [...source.matchAll(/^import \* as \w+ from '\.\/(\w+)'/gm)].map(([, name]) => name)

/** esbuild plugin for the engine. */
export const shared = {
  name: 'shared',
  setup(build) {
    build.onResolve({ filter: new RegExp(`^\\./(${names.join('|')})$`) }, ({ path: wanted }) => ({ path: wanted.slice(2), namespace: 'shared' }))
    build.onLoad({ filter: /.*/, namespace: 'shared' }, ({ path: name }) => ({ contents: `module.exports = document.currentScript.parley.${name}` }))
  },
}
