// The bundles: the script for other people's pages, and our own pages.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { flat } from './flat.mjs';
import { bundle } from './notices.mjs';
import { shared } from './shared.mjs';
import { sheet } from './sheet.mjs';
import { wasmExec } from './wasm-exec.mjs';

/** The first characters of a content's SHA-256, for file names. */
export const contentHash = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

/** A content's hash for subresource integrity (W3C SRI). */
export const integrity = (bytes) => `sha384-${createHash('sha384').update(bytes).digest('base64')}`;

/** Name and hash of a file of the build: `Built` in src/shared/contract.ts. */
export const built = async (folder, name) => ({ name, integrity: integrity(await readFile(path.join(folder, name))) });

/** esbuild's options for the script: docs/browsers.md says which browsers that is. */
export const scriptOptions = (define) => ({
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  legalComments: 'none',
  // The target has no class fields, so they become assignments.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  define: Object.fromEntries(Object.entries(define).map(([name, value]) => [name, JSON.stringify(value)])),
  logLevel: 'warning',
});

/**
 * Bundles icf.sdk.js, and what it loads beside it, into a folder that has the core's file of this name already.
 * `other` are options of esbuild in place of the usual ones. Gives the Worker's file.
 */
export async function bundleScript(source, out, version, wasm, other = {}) {
  const licence = `Parley ${version}, MIT licence.`;
  const recorder = await bundlePart('debug', path.join(source, 'debug', 'debug-script.ts'), out, {
    ...scriptOptions({}),
    ...other,
    banner: { js: `/*! ${licence} */` },
    plugins: [shared],
  });
  const worker = await bundlePart('worker', path.join(source, 'worker', 'worker-script.ts'), out, {
    ...scriptOptions({ PARLEY_WASM: await built(out, wasm) }),
    ...other,
    banner: { js: `/*! ${licence} With wasm_exec.js of Go, Copyright The Go Authors, BSD-3-Clause. */` },
    plugins: [wasmExec(path.join(out, wasm))],
  });
  const engine = await bundlePart('engine', path.join(source, 'engine', 'engine-script.ts'), out, {
    ...scriptOptions({ PARLEY_DEBUG: recorder, PARLEY_WORKER: worker }),
    ...other,
    banner: { js: `/*! ${licence} With wasm_exec.js of Go, Copyright The Go Authors, BSD-3-Clause. */` },
    plugins: [wasmExec(path.join(out, wasm)), shared],
  });
  await bundle({
    ...scriptOptions({ PARLEY_VERSION: version, PARLEY_WASM: await built(out, wasm), PARLEY_ENGINE: engine }),
    ...other,
    banner: { js: `/*! ${licence} */` },
    entryPoints: [path.join(source, 'sdk', 'icf.ts')],
    outfile: path.join(out, 'icf.sdk.js'),
  });
  return worker;
}

/** Bundles a file that a script loads, under a name with its content's hash. */
export async function bundlePart(kind, entry, out, options) {
  const { outputFiles } = await bundle({ ...options, entryPoints: [entry], write: false });
  const { contents } = outputFiles[0];
  const name = `${kind}.${contentHash(contents)}.js`;
  await writeFile(path.join(out, name), contents);
  return built(out, name);
}

/**
 * Bundles one of our pages: <source>/<entry>, if it has a script of its own, and its style sheets become
 * <name>.<hash>.js and <name>.<hash>.css, and index.html, which names them
 * <name>.js and <name>.css, is written to refer to those. `define` are values for names in the script. With
 * `parts` the script is a module, and what it imports when it is needed are files of their own.
 */
export async function bundlePage(name, source, entry, out, define = {}, parts = false) {
  const sheets = (await readdir(source)).filter((file) => file.endsWith('.css')).sort();
  const options = {
    bundle: true,
    minify: true,
    write: false,
    target: 'es2022',
    legalComments: 'none',
    loader: { '.svg': 'dataurl', '.png': 'dataurl' },
    outdir: out,
    logLevel: 'warning',
  };
  const style = await bundle({
    ...options,
    stdin: { contents: sheets.map((sheet) => `@import './${sheet}';`).join('\n'), resolveDir: source, loader: 'css' },
  });

  await mkdir(out, { recursive: true });
  let html = await readFile(path.join(source, 'index.html'), 'utf8');
  const refer = (kind, file) => {
    const plain = `"${name}.${kind}"`;
    if (!html.includes(plain)) throw new Error(`${source}/index.html does not refer to ${plain}`);
    html = html.replaceAll(plain, `"${file}"`);
  };
  const write = async (kind, bytes) => {
    const hashed = `${name}.${contentHash(bytes)}.${kind}`;
    refer(kind, hashed);
    await writeFile(path.join(out, hashed), bytes);
  };
  await write('css', style.outputFiles[0].contents);
  const values = scriptOptions(define).define;
  const script = { ...options, define: values, entryPoints: { [name]: path.join(source, entry ?? '') }, plugins: [flat, sheet] };
  if (entry && !parts) await write('js', (await bundle({ ...script, format: 'iife' })).outputFiles[0].contents);
  if (entry && parts) {
    const names = { entryNames: '[name].[hash]', chunkNames: '[name].[hash]' };
    const { outputFiles, metafile } = await bundle({ ...script, ...names, format: 'esm', splitting: true });
    for (const { path: file, contents } of outputFiles) await writeFile(file, contents);
    const [file, { imports }] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(entry));
    refer('js', path.basename(file));
    // What the script imports at once comes along with it, not after it.
    const along = imports.filter(({ kind }) => kind === 'import-statement');
    const links = along.map(({ path: one }) => `<link rel="modulepreload" href="${path.basename(one)}">\n    `);
    html = html.replace('<script type="module"', `${links.join('')}<script type="module"`);
  }
  await writeFile(path.join(out, 'index.html'), html);
}
