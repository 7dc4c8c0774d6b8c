// Entry of `parley-chat/icf`: puts the global `ICF` on the page, as the script does.

import { publish } from '../sdk/global';
import { inPage } from './files';
import { ICF } from './index';

if (inPage()) publish(ICF);
