// Entry of extras.js, a file beside the element's script: gives it what extras.ts has, on the element that runs the file.

import * as extras from './extras';

(document.currentScript as { parley?: object } | null)!.parley = extras;
