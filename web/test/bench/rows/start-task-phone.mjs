// The longest task of a warm start on a phone.

import { phone } from '../receivers.mjs';
import { open } from '../starts.mjs';
import { startTask } from './start-task.mjs';

export default {
  title: 'longest task of a warm start, with the CPU of a phone',
  unit: 'ms',
  open,
  measure: (contender) => startTask(contender, phone),
};
