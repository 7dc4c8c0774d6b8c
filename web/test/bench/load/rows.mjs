// The loads, and the rows that are read from each: a figure of what `parleyd bench -json` prints.

const idle = process.env.IDLE || '10000';
const people = ['-visitors', '200', '-agents', '20', '-duration', '4s'];

/** What the system counts in hundredths of a second is told from 0.2 % on, within five seconds. */
export const idleCPU = ({ idle }) => Math.max(idle.cpuPercent, 0.2);

export const loads = [
  {
    args: people,
    rows: [
      {
        name: 'messages',
        title: 'messages of 200 visitors to 20 agents, each as fast as replies come',
        unit: 'messages/s',
        more: true,
        figure: ({ spoken }) => spoken.perSecond,
      },
      { name: 'messages-cpu', title: 'CPU of the server for each of them', unit: 'µs', figure: ({ spoken }) => spoken.microsPerMessage },
    ],
  },
  {
    args: [...people, '-rate', '1000'],
    rows: [
      {
        name: 'reply',
        title: 'from sending to the reply, at 1,000 messages a second (p50)',
        unit: 'ms',
        figure: ({ spoken }) => spoken.reply.p50,
      },
      { name: 'reply-p99', title: 'the same (p99)', unit: 'ms', figure: ({ spoken }) => spoken.reply.p99 },
      {
        name: 'received',
        title: 'from sending to the agent, at 1,000 messages a second (p50)',
        unit: 'ms',
        figure: ({ spoken }) => spoken.received.p50,
      },
    ],
  },
  {
    args: ['-visitors', '0', '-fan-out', '100', '-duration', '4s'],
    rows: [
      {
        name: 'deliveries',
        title: 'deliveries to 100 connections that hear one visitor',
        unit: 'deliveries/s',
        more: true,
        figure: ({ fanOut }) => fanOut.deliveriesPerSecond,
      },
      { name: 'deliveries-cpu', title: 'CPU of the server for each of them', unit: 'µs', figure: ({ fanOut }) => fanOut.microsPerDelivery },
    ],
  },
  {
    args: ['-visitors', '0', '-idle', idle, '-duration', '5s'],
    rows: [
      {
        name: 'connects',
        title: `visitors who come, the last tenth of ${Number(idle).toLocaleString('en')}`,
        unit: 'connects/s',
        more: true,
        figure: ({ connected }) => connected.lastPerSecond,
      },
      { name: 'connects-cpu', title: 'CPU of the server for each of all', unit: 'µs', figure: ({ connected }) => connected.microsEach },
      { name: 'idle-memory', title: 'resident memory for each of them', unit: 'kB', figure: ({ idle }) => idle.bytesPerConnection / 1000 },
      { name: 'idle-cpu', title: 'CPU of the server while all are idle', unit: '% of a core', figure: idleCPU },
    ],
  },
];
