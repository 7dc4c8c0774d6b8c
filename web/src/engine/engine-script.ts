// Entry of the engine's file, which the script loads when a chat is wanted: gives
// its class to the script by the element that runs it.

import { Engine } from './engine';
import type { EngineScript } from '../shared/contract';

(document.currentScript as EngineScript).parley.Engine = Engine;
