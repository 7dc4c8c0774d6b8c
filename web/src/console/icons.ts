// The shapes of the console's buttons, drawn in the colour of the text around them.

import { html, svg, type TemplateResult } from 'lit';

const shape = (path: TemplateResult, look = '') =>
  html`<svg class="icon-shape ${look}" viewBox="0 0 24 24" aria-hidden="true">${path}</svg>`;

export const brandIcon = html`<svg class="brand-shape" viewBox="0 0 32 32" aria-hidden="true"><path d="M4 6h24v16H15l-7 6v-6H4z" /></svg>`;
export const backIcon = shape(svg`<path d="M15 5l-7 7 7 7" />`, 'turns');
export const closeIcon = shape(svg`<path d="M6 6l12 12M18 6L6 18" />`);
export const sendIcon = shape(svg`<path d="M4 12l16-8-5 16-3.5-6.5zM11.5 13.5L20 4" />`, 'turns');
export const logoutIcon = shape(svg`<path d="M14 4H5v16h9M10 12h11M17 8l4 4-4 4" />`, 'turns');
export const attachIcon = shape(svg`<path d="M20 11l-8.5 8.5a5 5 0 01-7-7L13 4a3.4 3.4 0 015 5l-8.5 8.5a1.7 1.7 0 01-2.5-2.5L14.5 7.5" />`);
export const replyIcon = shape(svg`<path d="M4 5h16v11H11l-4 4v-4H4zM8 9h8M8 12.5h5" />`);
export const detailsIcon = shape(svg`<circle cx="12" cy="12" r="8.5" /><path d="M12 11v5M12 8v.2" />`);
export const transferIcon = shape(svg`<path d="M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4" />`, 'turns');
export const accountIcon = shape(svg`<circle cx="12" cy="8" r="4" /><path d="M4.5 20.5a7.5 7.5 0 0115 0" />`);
export const bellIcon = shape(svg`<path d="M6 16V11a6 6 0 0112 0v5l1.5 2h-15zM10 20.5h4" />`);
export const soundIcon = shape(svg`<path d="M5 9.5h3l4-4v13l-4-4H5zM15.5 9a4 4 0 010 6M18 6.5a8 8 0 010 11" />`);
export const manageIcon = shape(
  svg`<path d="M4 7h9M17 7h3M4 17h3M11 17h9" /><circle cx="15" cy="7" r="2" /><circle cx="9" cy="17" r="2" />`,
);
export const keysIcon = shape(svg`<path d="M3 7h18v10H3zM7 10.5v.1M11 10.5v.1M15 10.5v.1M8 14h8" />`);
export const eyeIcon = shape(
  svg`<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z" /><circle cx="12" cy="12" r="2.5" />`,
);
export const warningIcon = shape(svg`<path d="M12 4l9 16H3zM12 10v4M12 17v.5" />`);
