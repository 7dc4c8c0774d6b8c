// Style sheets as text, for elements that bring their own.

import esbuild from 'esbuild';

/** esbuild plugin: a style sheet that a module imports is a string, with its own imports, for a shadow root. */
export const sheet = {
  name: 'sheet',
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { outputFiles } = await esbuild.build({ entryPoints: [path], bundle: true, minify: true, write: false, target: 'es2022' });
      return { contents: themed(outputFiles[0].text.trim()), loader: 'text' };
    });
  },
};

// The theme's root is an element in the shadow root, which rules of the page do not reach. Each variable has the value that the
// page gives by the name --parley-*.
function themed(css) {
  return css.replaceAll(':root', '.theme').replace(/(?<=[{;])--([\w-]+):([^;}]+)/g, '--$1:var(--parley-$1,$2)');
}
