// Says that what the console shares with the element uses the page's `ICF`. It comes before all else.

import { useIcf } from '../ui/icf';

useIcf(ICF);
