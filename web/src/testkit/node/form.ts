// Reads a form that carries a file (RFC 7578), as Node has it: a body of bytes.

import type { Upload } from '../operation';
import { Refusal } from '../protocol';

export interface Form {
  fields: [name: string, value: string][];
  upload: Upload | undefined;
}

/** Reads the form of a request; undefined if its body is none. */
export async function readForm(contentType: string, body: Uint8Array): Promise<Form | undefined> {
  if (!contentType.startsWith('multipart/form-data')) return undefined;
  let data: FormData;
  try {
    data = await new Response(body as BodyInit, { headers: { 'content-type': contentType } }).formData();
  } catch (thrown) {
    throw new Refusal('400 request-cut', `body: the form cannot be read: ${thrown instanceof Error ? thrown.message : thrown}`);
  }
  const form: Form = { fields: [], upload: undefined };
  for (const [name, value] of data as unknown as Iterable<[string, string | File]>) {
    if (typeof value === 'string') form.fields.push([name, value]);
    else if (name === 'media') form.upload = { name: value.name, type: value.type, bytes: new Uint8Array(await value.arrayBuffer()) };
  }
  return form;
}
