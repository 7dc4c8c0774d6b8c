// Entry of icf.sdk.js: puts the global `ICF` on the page while the script runs.

import { createIcf } from './create';
import { publish } from './global';
import { Loader } from './loader';
import { only } from './registry';

const tag = document.currentScript as HTMLScriptElement | null;
const source = tag?.src ?? '';
const script = /^(https?|file):/.test(source) ? source : document.baseURI;

publish(only(() => createIcf(new Loader(script, tag?.nonce ?? '', PARLEY_WASM, PARLEY_ENGINE))));
