import { Api, Chat, init, Lobby, Parley } from 'parley-chat';
import { draw } from './draw.js';

window.parley = Parley;
window.inWorker = () =>
  new Promise((resolve) => {
    new Worker(new URL('./in-worker.js', import.meta.url), { type: 'module' }).onmessage = ({ data }) => resolve(data);
  });
draw({ Api, Chat, init, Lobby });
