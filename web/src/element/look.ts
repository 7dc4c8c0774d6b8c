// The element's style sheets: they are made by script, so that no policy of a page is in their way, and each is made once.

import dark from './dark.css';
import sheet from './window.css';

export interface Look {
  /** Shows it `light` or `dark`; otherwise as the visitor's system is. */
  theme(name: string | null): void;
}

let light: CSSStyleSheet | undefined;
/** Of what is loaded later: empty until then. */
let later: CSSStyleSheet | undefined;

/** Styles a shadow root. */
export function styled(root: ShadowRoot): Look {
  light ??= made(sheet);
  later ??= made('');
  const night = made(dark);
  root.adoptedStyleSheets = [light, later, night];
  return {
    theme(name) {
      night.media.mediaText = name === 'dark' ? 'all' : name === 'light' ? 'not all' : '(prefers-color-scheme: dark)';
    },
  };
}

/** Styles what has been loaded later, in all elements. */
export function styleExtras(text: string): void {
  if (later?.cssRules.length === 0) later.replaceSync(text);
}

function made(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}
