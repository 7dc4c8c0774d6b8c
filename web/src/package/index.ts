// Entry of `parley-chat` for pages: the members of `ICF` by name, without a global.

import { createIcf } from '../sdk/create';
import { only } from '../sdk/registry';
import { inPage, PackageFiles } from './files';

const made = () => createIcf(new PackageFiles());

// Bundlers for Workers and servers may take this entry too; there it registers nothing.
export const ICF = inPage() ? only(made) : made();
export const { init, Chat, Lobby, Events, Api, Connection, Helper, Parley } = ICF;
