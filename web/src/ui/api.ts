// What pages ask of the server besides the SDK's calls: data of a route, and files to show.

import { errorText } from './format';
import { icf } from './icf';

/** Gives the data of a route. */
export async function ask<T>(path: string, params?: Record<string, unknown>): Promise<T> {
  return (await icf.Api.request(path, 'GET', params)).data as T;
}

/** Has a route do something, and gives what it answers. */
export async function send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, data?: Record<string, unknown>): Promise<T> {
  return (await icf.Api.request(path, method, data)).data as T;
}

// Our pages stand in a folder beside `v1`, below whatever path.
let server = { appId: '', api: '../v1' };

/** Sets the app that files are fetched for, and the address of the server's API unless it is beside the page. */
export function useServer(appId: string, api = '../v1'): void {
  server = { appId, api: api.replace(/\/$/, '') };
}

/** The whole address of a path below the server's API. */
export const addressOf = (path: string): string => server.api + path;

/** Fetches a file by its `/media/<id>`, to show it. Rejects with a message for the user. */
export async function fetchBlob(path: string): Promise<Blob> {
  const headers = { 'x-hyper-appId': server.appId, 'x-hyper-token': icf.Connection.getToken() ?? '' };
  const response = await fetch(addressOf(path), { headers });
  if (response.ok) return response.blob();
  const answer = (await response.json().catch(() => ({}))) as { error?: { message?: string } };
  throw new Error(errorText(new Error(answer.error?.message ?? `the server answered ${response.status}`)));
}
