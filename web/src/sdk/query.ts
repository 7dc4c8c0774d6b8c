import { toJSON } from '../shared/args';

/**
 * A path with parameters in its query. A list becomes its items with commas
 * between, an object its JSON; null and undefined are left out.
 */
export function withQuery(path: string, params: Record<string, unknown> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value != null) query.append(name, Array.isArray(value) ? value.map(text).join() : text(value));
  }
  const written = String(query);
  return written ? path + (path.includes('?') ? '&' : '?') + written : path;
}

function text(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? toJSON(value) : String(value);
}
