// fetch to a fake server in the same page.

import { serverAt } from './addresses';
import { type HttpRequest, NoNetwork } from './network';

export async function fakeFetch(input: RequestInfo | URL, init: RequestInit | undefined, real: typeof fetch): Promise<Response> {
  const found = serverAt(input instanceof Request ? input.url : input);
  if (!found) return real(input, init);
  const { server, path } = found;
  // The address may be that of a real server too: what the fake one has not, comes from there.
  if (path.startsWith('/sdk/') && !server.hasFiles) return real(input, init);
  const absolute = input instanceof Request ? input : new URL(input, globalThis.location?.href);
  const request = new Request(absolute, init);
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => reject(request.signal.reason);
    if (request.signal.aborted) stop();
    request.signal.addEventListener('abort', stop);
  });
  aborted.catch(() => {});
  try {
    const { status, headers, body } = await Promise.race([server.network.http(await requestOf(request, path)), aborted]);
    const content = request.method === 'HEAD' || status === 204 ? null : body;
    const response = new Response(content as BodyInit | null, { status, headers });
    Object.defineProperty(response, 'url', { value: request.url });
    return response;
  } catch (thrown) {
    if (thrown instanceof NoNetwork) throw new TypeError('Failed to fetch');
    throw thrown;
  }
}

async function requestOf(request: Request, path: string): Promise<HttpRequest> {
  // The headers of happy-dom keep the case in which they were set.
  const headers = Object.fromEntries([...request.headers].map(([name, value]) => [name.toLowerCase(), value]));
  if (!headers['content-type']?.startsWith('multipart/form-data')) {
    return { method: request.method, path, headers, body: await request.text() };
  }
  return { method: request.method, path, headers, body: '', form: await formOf(await request.formData()) };
}

/** The fields and the file of a form. */
export async function formOf(data: FormData): Promise<NonNullable<HttpRequest['form']>> {
  const fields: [string, string][] = [];
  let upload: { name: string; type: string; bytes: Uint8Array } | undefined;
  for (const [name, value] of data as unknown as Iterable<[string, FormDataEntryValue]>) {
    if (typeof value === 'string') fields.push([name, value]);
    else if (name === 'media') upload = { name: value.name, type: value.type, bytes: new Uint8Array(await bytesOf(value)) };
  }
  return { fields, upload };
}

// The files of jsdom have no arrayBuffer.
function bytesOf(file: File): Promise<ArrayBuffer> {
  if (file.arrayBuffer) return file.arrayBuffer();
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(file);
  });
}
