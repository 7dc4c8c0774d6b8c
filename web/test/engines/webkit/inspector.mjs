// WebKitGTK's remote inspector, by the protocol of its own socket: a frame is the length of what follows the flags (4
// bytes, big-endian), flags (1: little-endian), a name that ends in zero, and a GVariant, here always two numbers and a text.
import { once } from 'node:events';
import { connect } from 'node:net';

const littleEndian = 1;
const numbers = 16; // bytes of the two numbers: which of the browser's processes, and its target

export class Inspector {
  socket;
  listeners = new Map();
  /**
   * Settles when the browser has told of its pages, with the number of the process that has them. Once it has a driver,
   * it tells that instead.
   */
  listed = new Promise((resolve) => {
    this.tell = resolve;
  });
  unread = Buffer.alloc(0);

  /** Connects to the browser that WEBKIT_INSPECTOR_SERVER told to listen there. `process` is what `listed` gave. */
  static async connect(port, process = 0n) {
    const inspector = new Inspector();
    inspector.process = process;
    inspector.socket = connect(port, '127.0.0.1');
    await once(inspector.socket, 'connect');
    inspector.socket.on('error', () => {}); // the browser has gone, and whoever waits hears it from the process
    inspector.socket.on('data', (bytes) => inspector.read(bytes));
    inspector.write('SetupInspectorClient', Buffer.from('\0'));
    return inspector;
  }

  /** Begins to inspect a target, if there is one of that number; what it says goes to the listener, parsed. */
  inspect(target, listener) {
    this.listeners.set(target, listener);
    this.write('Setup', this.pair(target));
  }

  send(target, message) {
    this.write('SendMessageToBackend', Buffer.concat([this.pair(target), Buffer.from(`${JSON.stringify(message)}\0`)]));
  }

  close() {
    this.socket.destroy();
  }

  write(name, body) {
    const title = Buffer.from(`${name}\0`);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(title.length + body.length);
    head[4] = littleEndian;
    this.socket.write(Buffer.concat([head, title, body]));
  }

  read(bytes) {
    this.unread = Buffer.concat([this.unread, bytes]);
    while (this.unread.length >= 5) {
      const end = 5 + this.unread.readUInt32BE(0);
      if (this.unread.length < end) return;
      const frame = this.unread.subarray(5, end);
      this.unread = this.unread.subarray(end);
      const begin = frame.indexOf(0) + 1;
      const name = frame.toString('latin1', 0, begin - 1);
      if (name === 'SetTargetList' && frame.includes('WebPage')) this.tell(frame.readBigUInt64LE(begin));
      if (name !== 'SendMessageToFrontend') continue;
      const target = Number(frame.readBigUInt64LE(begin + 8));
      this.listeners.get(target)?.(JSON.parse(frame.toString('utf8', begin + numbers, frame.length - 1)));
    }
  }

  pair(target) {
    const bytes = Buffer.alloc(numbers);
    bytes.writeBigUInt64LE(this.process);
    bytes.writeBigUInt64LE(BigInt(target), 8);
    return bytes;
  }
}
