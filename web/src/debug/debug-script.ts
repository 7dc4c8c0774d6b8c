// Entry of the recorder's file: gives it to the script, on the element that runs the file.

import type { PartScript } from '../shared/contract';
import { record } from './record';

(document.currentScript as PartScript).parley.record = record;
