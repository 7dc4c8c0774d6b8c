// Entry of parley-chat/testkit: a fake server in the page.

import type * as Public from '../../testkit';
import { takeOver } from './page';
import { FakeServer } from './server';

class PageServer extends FakeServer {
  private readonly giveBack = takeOver(this);

  override close(): void {
    super.close();
    this.giveBack();
  }
}

export const fakeServer: typeof Public.fakeServer = ({ url = 'https://parley.test', ...options } = {}) => {
  if (!/^https?:\/\/[^/?#]+[^?#]*$/.test(url)) throw new TypeError(`fakeServer: the option url must be an http(s) address, got ${url}`);
  return new PageServer(url.replace(/\/+$/, ''), options);
};
