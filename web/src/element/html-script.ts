// What shows messages that are HTML, as a file beside the element's script, which loads it with the first of them.

import { plainText, textView } from '../ui/html-text';

(document.currentScript as { parley?: object } | null)!.parley = { plainText, textView };
