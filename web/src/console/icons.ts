// The shapes used in the console, drawn in the colour of the text around them.

import { html, svg, type TemplateResult } from 'lit';
import type { Status } from './model/transcript';

const shape = (path: TemplateResult) => html`<svg class="icon-shape" viewBox="0 0 24 24" aria-hidden="true">${path}</svg>`;

export const brandIcon = html`<svg class="brand-shape" viewBox="0 0 32 32" aria-hidden="true"><path d="M4 6h24v16H15l-7 6v-6H4z" /></svg>`;
export const backIcon = shape(svg`<path d="M15 5l-7 7 7 7" />`);
export const closeIcon = shape(svg`<path d="M6 6l12 12M18 6L6 18" />`);
export const sendIcon = shape(svg`<path d="M4 12l16-8-5 16-3.5-6.5zM11.5 13.5L20 4" />`);
export const logoutIcon = shape(svg`<path d="M14 4H5v16h9M10 12h11M17 8l4 4-4 4" />`);
export const fileIcon = shape(svg`<path d="M14 3H6v18h12V7zM14 3v4h4" />`);
export const warningIcon = shape(svg`<path d="M12 4l9 16H3zM12 10v4M12 17v.5" />`);

const ticks: Record<Status, { label: string; path: TemplateResult }> = {
  pending: { label: 'Sending', path: svg`<circle cx="9" cy="7" r="5" /><path d="M9 4.5V7l1.7 1" />` },
  sent: { label: 'Sent', path: svg`<path d="M4.5 7.5l3 3 6-7" />` },
  read: { label: 'Read', path: svg`<path d="M1.5 7.5l3 3 6-7M8.5 10.5l6-7" />` },
  failed: { label: 'Not sent', path: svg`<path d="M9 2.5v5.5M9 11v.2" />` },
};

/** The mark of an own message. */
export const tick = (status: Status) =>
  html`<svg class="tick" viewBox="0 0 18 14" role="img" aria-label=${ticks[status].label}>${ticks[status].path}</svg>`;
