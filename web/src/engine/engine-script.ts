// Entry of the engine's file: gives the engine's class to the script, on the element that runs
// the file.

import type { PartScript } from '../shared/contract';
import { Engine } from './engine';

(document.currentScript as PartScript).parley.Engine = Engine;
