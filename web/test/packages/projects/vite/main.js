import { Api, Chat, ICF, init, Lobby } from 'parley-chat';
import { draw } from './draw.js';

window.copies = [...(window.copies ?? []), ICF];
window.inWorker = () =>
  new Promise((resolve) => {
    new Worker(new URL('./in-worker.js', import.meta.url), { type: 'module' }).onmessage = ({ data }) => resolve(data);
  });
if (window.copies.length === 1) draw({ Api, Chat, init, Lobby });
import.meta.hot?.accept();
