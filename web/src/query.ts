/** A path with parameters in its query. A list becomes its items with commas between; null and undefined are left out. */
export function withQuery(path: string, params: Record<string, unknown> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value != null) query.append(name, String(value));
  const text = String(query);
  return text ? path + (path.includes('?') ? '&' : '?') + text : path;
}
