import type { CoreOptions } from '../../src/shared/contract';

/** The options that tests of the core begin with. */
export const coreOptions: CoreOptions = {
  appId: 'demo',
  api: 'http://chat.example/v1',
  socket: 'ws://chat.example/v1/socket',
  session: 'cookie',
  cookieOnDomain: false,
  worker: false,
};
