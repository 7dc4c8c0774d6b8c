// Makes Go's wasm_exec.js a module: one function that runs it on the global
// object it is given. The file is that of the compiling Go, whose pair it is.

import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

// The one place where the file names what it put on the global without naming
// the global.
const bare = 'fs.writeSync(fd, '

/** esbuild plugin for `import wasmExec from 'wasm-exec'`. */
export const wasmExec = {
  name: 'wasm-exec',
  setup(build) {
    build.onResolve({ filter: /^wasm-exec$/ }, () => ({ path: 'wasm-exec', namespace: 'go' }))
    build.onLoad({ filter: /.*/, namespace: 'go' }, async () => {
      const root = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim()
      const file = path.join(root, 'lib', 'wasm', 'wasm_exec.js')
      const source = await readFile(file, 'utf8')
      if (source.split(bare).length !== 2) throw new Error(`${file} is not as known: '${bare}' is not there once`)
      return { contents: `export default function (globalThis) {${source.replace(bare, `globalThis.${bare}`)}}` }
    })
  },
}
