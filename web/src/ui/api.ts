// What the console asks of the server besides the SDK's calls: lists, and files as blobs.

import { errorText } from './format';

/** Gives a route's answer. */
export async function ask<T>(path: string, params?: Record<string, unknown>): Promise<T> {
  return (await ICF.Api.request(path, 'GET', params)).data as T;
}

let appId = '';

/** Says for which app files are fetched. */
export function useApp(id: string): void {
  appId = id;
}

/** Fetches a file by its `/media/<id>`, to show it. Rejects with words for the agent. */
export async function fetchBlob(path: string): Promise<Blob> {
  const headers = { 'x-hyper-appId': appId, 'x-hyper-token': ICF.Connection.getToken() ?? '' };
  const response = await fetch(`/v1${path}`, { headers });
  if (response.ok) return response.blob();
  const told = (await response.json().catch(() => ({}))) as { error?: { message?: string } };
  throw new Error(errorText(new Error(told.error?.message ?? `the server answered ${response.status}`)));
}
