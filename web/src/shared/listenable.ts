// The listeners' side of an object that has events. They are kept beside the
// object, whose own properties are data only.

import type * as Public from '../../index';
import { Emitter } from './emitter';

const emitters = new WeakMap<object, Emitter>();

/** The emitter of a Listenable, for those who emit. */
export function emitterOf(object: object): Emitter {
  return emitters.get(object)!;
}

/** Chainable `on`, `once` and `off`, with their aliases. */
export class Listenable<Events> implements Public.Listenable<Events> {
  constructor() {
    emitters.set(this, new Emitter());
  }

  on<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this {
    emitterOf(this).on(event, listener);
    return this;
  }

  once<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this {
    emitterOf(this).once(event, listener);
    return this;
  }

  off<Name extends keyof Events & string>(event: Name, listener?: (data: Events[Name]) => void): this {
    emitterOf(this).off(event, listener);
    return this;
  }

  addEventListener<Name extends keyof Events & string>(event: Name, listener: (data: Events[Name]) => void): this {
    return this.on(event, listener);
  }

  removeListener<Name extends keyof Events & string>(event: Name, listener?: (data: Events[Name]) => void): this {
    return this.off(event, listener);
  }
}
