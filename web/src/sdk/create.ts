// Makes the object that pages know as `ICF`. Nothing is fetched before ICF.init or
// ICF.Parley.preload, and the page is not looked at before a call.

import type * as Public from '../../index';
import * as args from '../shared/args';
import type { CoreFiles, CoreOptions } from '../shared/contract';
import { dated, entries, requests } from '../shared/entries';
import { guarded, ParleyError, refused } from '../shared/errors';
import { Emitter } from '../shared/listeners';
import { Core, Parley } from './core';
import { Helper } from './helper';
import { Lobby } from './lobby';
import { withQuery } from './query';
import { type Addresses, addresses, folder } from './server-url';

const sessions = ['cookie', 'tab', 'none'] as const;
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

type Given = Partial<Record<keyof Public.InitOptions, unknown>>;

// Finds the server, and tells where the core's files are.
function place(given: Given, files: CoreFiles): Addresses {
  const found = addresses(args.optText('options.server', given.server), args.optPort('options.port', given.port), files.address);
  const baseURL = args.optText('options.baseURL', given.baseURL);
  files.place(found.api, baseURL && folder(baseURL));
  return found;
}

function coreOptions(options: unknown, files: CoreFiles): CoreOptions {
  const given = args.object('options', options) as Given;
  return {
    appId: args.text('options.appId', given.appId),
    ...place(given, files),
    session: args.oneOf('options.session', given.session ?? 'cookie', sessions),
    cookieOnDomain: args.optBoolean('options.setCookieOnDomain', given.setCookieOnDomain),
    domainKey: args.optText('options.domainKey', given.domainKey),
    worker: args.optBoolean('options.worker', given.worker),
  };
}

/** A new `ICF`; `files` are those of the way in which the page got it. */
export function createIcf(files: CoreFiles): Public.Icf {
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
        const own = coreOptions(options, files);
        core.proof = options.identity;
        return core.begin(own);
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
          if (!args.text('path', path).startsWith('/'))
            throw new ParleyError('400 bad-argument', `path must begin with a slash, got '${path}'`);
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

    Parley: new Parley(
      () => core,
      (options) => place(args.object('options', options), files),
    ),
  };

  const core = new Core({ icf, lobby, events, parley: icf.Parley as Parley }, PARLEY_VERSION, files);
  return icf;
}
