// Entry of icf.sdk.js: puts the global `ICF` on the page while the script
// runs. Nothing is fetched before ICF.init or ICF.Parley.preload.
//
// A second copy of the script leaves the first in place, whatever its version: its
// chats are live. Any other `ICF` is replaced.

import type * as Public from '../../index';
import * as args from '../shared/args';
import type { CoreOptions } from '../shared/contract';
import { dated, entries, requests } from '../shared/entries';
import { guarded, ParleyError, refused, report } from '../shared/errors';
import { Emitter } from '../shared/listeners';
import { Core, Parley } from './core';
import { Helper } from './helper';
import { Loader } from './loader';
import { Lobby } from './lobby';
import { withQuery } from './query';
import { addresses } from './server-url';

const sessions = ['cookie', 'tab', 'none'] as const;
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

function coreOptions(options: unknown): CoreOptions {
  const given = args.object('options', options) as Partial<Record<keyof Public.InitOptions, unknown>>;
  const server = args.optText('options.server', given.server);
  return {
    appId: args.text('options.appId', given.appId),
    ...addresses(server, args.optPort('options.port', given.port), script),
    session: args.oneOf('options.session', given.session ?? 'cookie', sessions),
    cookieOnDomain: args.optBoolean('options.setCookieOnDomain', given.setCookieOnDomain),
    secure: location.protocol === 'https:',
    domainKey: args.optText('options.domainKey', given.domainKey),
  };
}

const tag = document.currentScript as HTMLScriptElement | null;
const source = tag?.src ?? '';
const script = /^(https?|file):/.test(source) ? source : document.baseURI;
const events = new Emitter();

const lobby = new Lobby(() => core);

/** The user's open chat, which another tab is making just now. Without one for 2 s, fails with `thrown`. */
async function openChat(thrown: unknown): Promise<string> {
  for (let tries = 20; tries-- > 0; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const { chats } = await core.call('event.send', { event: 'users:chats', data: { userId: core.user!.id } });
    for (const id in chats) return id;
  }
  throw thrown;
}

// The order of the members is that of index.d.ts.
const icf: Public.Icf = {
  isInit: false,

  // Not async: the same options give the very same promise.
  init(options) {
    try {
      return core.begin(coreOptions(options));
    } catch (thrown) {
      return Promise.reject(refused(thrown));
    }
  },

  Chat: {
    init: (options, config, historyWatch) =>
      guarded(async () => {
        const given = args.object('options', options);
        const assign = args.optObject('config', config) ?? {};
        const common = {
          config: {
            assignMaxAttempts: args.optCount('config.assignMaxAttempts', assign.assignMaxAttempts),
            assignTimeout: args.optPositive('config.assignTimeout', assign.assignTimeout),
          },
          historyWatch: args.optBoolean('historyWatch', historyWatch),
        };
        const id = args.optText('options.id', given.id);
        if (id) return core.chat(await core.call('chat.load', { id, ...common }));
        const [history, ...rest] = requests(entries('options.history', given.history ?? [], core.limits.message));
        const opened = core
          .call('chat.create', {
            room: args.label('options.room', given.room),
            lang: args.optText('options.lang', given.lang) ?? '',
            source: args.optLabel('options.source', given.source) ?? '3',
            history: history && dated(history, core.now()),
            ...common,
          })
          .catch(async (thrown) => {
            if (!lobby.joins(thrown)) throw thrown;
            rest.length = 0; // the other tab has imported it
            return core.call('chat.load', { id: await openChat(thrown), ...common });
          });
        const chat = core.chat(await opened);
        if (rest.length > 0) void chat.importHistory(rest.flat()); // the chat's `error` event reports a failure
        return chat;
      }),
  },

  Lobby: lobby,

  Events: {
    async send(event, data) {
      return core.call('event.send', { event: args.text('event', event), data: args.optObject('data', data) ?? {} });
    },
    subscribe: (event, listener) => events.on(event, listener),
    unsubscribe: (event, listener) => events.off(event, listener),
  },

  Api: {
    request: (path, method = 'GET', params) =>
      guarded(() => {
        if (!args.text('path', path).startsWith('/')) throw new ParleyError(400, `path must begin with a slash, got '${path}'`);
        const verb = args.oneOf('method', args.text('method', method).toUpperCase(), methods);
        const given = args.optObject('params', params);
        const inQuery = verb === 'GET' || verb === 'DELETE';
        return core.call('api', { method: verb, path: inQuery ? withQuery(path, given) : path, body: inQuery ? undefined : given });
      }),
  },

  Connection: {
    me: () => core.user,
    getToken: () => core.token || null,
  },

  Helper: new Helper(
    () => core,
    () => lobby.logged,
  ),

  Parley: new Parley(() => core),
};

const core = new Core(
  { icf, lobby, events, parley: icf.Parley as Parley },
  PARLEY_VERSION,
  new Loader(script, tag?.nonce ?? '', PARLEY_WASM, PARLEY_ENGINE),
);

// Looked up as a bare name, because a top-level `const` of a classic script is no
// property of the window. Before that script has run, the name throws.
declare const icfAsyncInit: unknown;
function pageInit(): (() => void) | undefined {
  try {
    return typeof icfAsyncInit === 'function' ? (icfAsyncInit as () => void) : undefined;
  } catch {
    return undefined;
  }
}

// Where the `icfAsyncInit` that has been called is noted, for all copies of the script.
const called = Symbol.for('parley.icfAsyncInit');
type Marked = Public.Icf & { [called]?: unknown };

const first = (window as Partial<Window>).ICF as Marked | undefined;
const current: Marked = first?.Parley ? first : icf;
if (current === icf) {
  window.ICF = icf;
} else if (current.Parley.version !== PARLEY_VERSION) {
  console.warn(`Parley ${current.Parley.version} is already on this page; ${PARLEY_VERSION} is not used`);
}

const callback = pageInit();
if (callback && current[called] !== callback) {
  Object.defineProperty(current, called, { value: callback, configurable: true });
  try {
    callback();
  } catch (thrown) {
    report(thrown);
  }
}
