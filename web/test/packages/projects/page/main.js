import { Api, Chat, init, Lobby } from 'parley-chat';
import { draw } from './draw.js';

draw({ Api, Chat, init, Lobby });
