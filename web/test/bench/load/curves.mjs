// What grows with connections and with chats: the figures of one load, at each number.

import { idleCPU } from './rows.mjs';

export const curves = [
  {
    axis: 'connections',
    points: [100, 1000, 5000, 19500],
    args: (connections) => ['-idle', String(connections), '-visitors', '50', '-agents', '5', '-rate', '500', '-duration', '4s'],
    rows: [
      {
        name: 'curve-connects',
        title: 'visitors who come, by those who are there',
        unit: 'connects/s',
        figure: ({ connected }) => connected.lastPerSecond,
      },
      {
        name: 'curve-memory',
        title: 'resident memory of a connection, by those who are there',
        unit: 'kB',
        figure: ({ idle }) => idle.bytesPerConnection / 1000,
      },
      {
        name: 'curve-idle',
        title: 'CPU while all are idle, by those who are there',
        unit: '% of a core',
        figure: idleCPU,
      },
      {
        name: 'curve-reply',
        title: 'from sending to the reply (p50), at 500 messages a second',
        unit: 'ms',
        figure: ({ spoken }) => spoken.reply.p50,
      },
    ],
  },
  {
    axis: 'chats',
    of: ['parley'], // the others have nothing to fill
    points: [100, 1000, 10000, 50000],
    args: (chats) => ['-chats', String(chats), '-idle', '100', '-visitors', '50', '-agents', '5', '-rate', '500', '-duration', '4s'],
    rows: [
      {
        name: 'curve-chats-memory',
        title: 'resident memory of the server, by the chats in the store',
        unit: 'MB',
        figure: ({ idle }) => idle.memory / 1e6,
      },
      {
        name: 'curve-chats-reply',
        title: 'from sending to the reply (p50), by the chats in the store',
        unit: 'ms',
        figure: ({ spoken }) => spoken.reply.p50,
      },
    ],
  },
];
