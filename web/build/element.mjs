// The element's script, parley-chat.js, and what it loads from beside it: the texts of its languages, what shows HTML, and what most
// visits do not need at first.

import path from 'node:path';
import { built, bundlePart, scriptOptions } from './bundle.mjs';
import { flat } from './flat.mjs';
import { bundle } from './notices.mjs';
import { checkOnce, elementShared } from './shared.mjs';
import { sheet } from './sheet.mjs';
import { bundleTexts } from './texts.mjs';

/** Bundles them from the folder `source` into a folder that has icf.sdk.js already. */
export async function bundleElement(source, out, version) {
  const folder = path.join(source, 'element');
  const licence = `Parley ${version}, MIT licence.`;
  const texts = await bundleTexts(path.join(folder, 'texts'), out);
  const html = await bundlePart('html', path.join(folder, 'html-script.ts'), out, {
    ...scriptOptions({}),
    banner: { js: `/*! ${licence} With DOMPurify, Copyright Cure53 and other contributors, Apache-2.0. */` },
  });
  let inExtras;
  const list = { name: 'list', setup: (build) => build.onEnd(({ metafile }) => void (inExtras = metafile)) };
  const extras = await bundlePart('extras', path.join(folder, 'extras-script.ts'), out, {
    ...scriptOptions({}),
    banner: { js: `/*! ${licence} */` },
    target: 'es2022',
    plugins: [elementShared, flat, sheet, list],
  });
  const parts = { PARLEY_SCRIPT: await built(out, 'icf.sdk.js'), PARLEY_HTML: html, PARLEY_EXTRAS: extras, PARLEY_TEXTS: texts };
  const { metafile } = await bundle({
    ...scriptOptions({ PARLEY_VERSION: version, ...parts }),
    banner: { js: `/*! ${licence} With Lit, Copyright Google LLC, BSD-3-Clause. */` },
    // Every browser that has style sheets made by script knows this much.
    target: 'es2022',
    plugins: [flat, sheet],
    entryPoints: [path.join(folder, 'script.ts')],
    outfile: path.join(out, 'parley-chat.js'),
  });
  checkOnce(inExtras, metafile);
}
