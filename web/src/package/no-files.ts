// Where there is no page, there are no files: `init` says so.

import type { CoreFiles, EngineClass } from '../shared/contract';
import { ParleyError } from '../shared/errors';

/** Whether this code runs in a page. */
export const inPage = (): boolean => typeof document === 'object';

/** The error of `init` where a chat cannot be. */
export function noPage(): ParleyError {
  const here = 'importScripts' in globalThis ? 'a Worker' : 'a server';
  return new ParleyError(
    '500 no-page',
    `ICF.init needs a page, and this is ${inPage() ? 'the build of the package for servers' : here}: call it in the browser, as in an effect or an event handler`,
  );
}

export class NoFiles implements CoreFiles {
  get address(): string {
    throw noPage();
  }

  place(): void {}

  async compiled(): Promise<WebAssembly.Module> {
    throw noPage();
  }

  async cached(): Promise<never> {
    throw noPage();
  }

  addresses(): string[] {
    throw noPage();
  }

  beside(): string {
    throw noPage();
  }

  trusted(): string {
    throw noPage();
  }

  async engine(): Promise<EngineClass> {
    throw noPage();
  }

  async part(): Promise<never> {
    throw noPage();
  }
}
