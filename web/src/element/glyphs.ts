// The drawings on the buttons of the window.

import { html, svg } from 'lit/html.js';

const paths = {
  chat: 'M4 5h16v11h-8l-5 4v-4H4z',
  down: 'M6 9l6 6 6-6',
  close: 'M6 6l12 12M18 6L6 18',
  past: 'M4 12a8 8 0 102.5-5.8L4 8.5V4m0 4.5h4.5M12 8v4l3 2',
  note: 'M4 5h16v14H4zM8 10h8M8 14h5',
  bell: 'M6 16v-5a6 6 0 0112 0v5l2 2H4zM10 21h4',
  clip: 'M20 11l-8.5 8.5a5 5 0 01-7-7L13 4a3.4 3.4 0 015 5l-8.5 8.5a1.7 1.7 0 01-2.5-2.5L14.5 7.5',
  camera: 'M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 100 7 3.5 3.5 0 000-7z',
  voice: 'M12 4a3 3 0 00-3 3v5a3 3 0 006 0V7a3 3 0 00-3-3zM6 11v1a6 6 0 0012 0v-1M12 18v3',
  send: 'M4 12l16-8-5 16-3.5-6.5zM11.5 13.5L20 4',
};

/** One of them, with what is drawn over it. */
export const icon = (name: keyof typeof paths, more: unknown = '') =>
  html`<svg class="icon-shape" viewBox="0 0 24 24" aria-hidden="true"><path d=${paths[name]}></path>${more}</svg>`;

/** The line through what is switched off. */
export const off = svg`<path class="off" d="M4 4l16 16"></path>`;
