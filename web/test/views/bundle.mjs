// Bundles the page of a framework, which imports the package as it was built.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { compile } from 'svelte/compiler';

const here = path.dirname(fileURLToPath(import.meta.url));

export const frameworks = ['react', 'vue', 'svelte', 'solid'];

const svelte = {
  name: 'svelte',
  setup(build) {
    build.onLoad({ filter: /\.svelte$/ }, async ({ path: filename }) => {
      const { js } = compile(await readFile(filename, 'utf8'), { filename, generate: 'client' });
      return { contents: js.code, loader: 'js' };
    });
  },
};

/** The code of a page, a module. */
export async function bundleView(framework) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [path.join(here, `${framework}.js`)],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    conditions: ['browser', 'development'],
    define: {
      'process.env.NODE_ENV': '"development"',
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    // The one that compiles templates in the page.
    alias: { vue: 'vue/dist/vue.esm-bundler.js' },
    plugins: [svelte],
    write: false,
    logLevel: 'warning',
  });
  return outputFiles[0].text;
}
