// Entry of the engine's file, which the script loads when a chat is wanted: gives
// its class to the script by the element that runs it.

import type { EngineScript } from '../shared/contract';
import { Engine } from './engine';

(document.currentScript as EngineScript).parley.Engine = Engine;
