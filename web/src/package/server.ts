// Entry of `parley-chat` where there is no page: on a server, at an edge, in a Worker. It has neither the
// engine nor the core. `ICF` of tests, which a testkit has registered, is taken if it is there.

import { createIcf } from '../sdk/create';
import { registered } from '../sdk/registry';
import { NoFiles } from './no-files';

export const ICF = registered() ?? createIcf(new NoFiles());
export const { init, Chat, Lobby, Events, Api, Connection, Helper, Parley } = ICF;
