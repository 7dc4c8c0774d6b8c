// The base of the console's elements: rendered into the page itself, so that one stylesheet and all ids hold everywhere.

import { LitElement, type ReactiveController } from 'lit';
import type { Observable } from './model/observable';

export class ConsoleElement extends LitElement {
  protected override createRenderRoot(): this {
    return this;
  }
}

/** Draws an element anew after each change of the model that it shows, whichever that is at the time. */
export class ModelController implements ReactiveController {
  private watched: Observable | undefined;
  private end: (() => void) | undefined;

  constructor(
    private readonly host: ConsoleElement,
    private readonly model: () => Observable | undefined,
  ) {
    host.addController(this);
  }

  hostUpdate(): void {
    const model = this.model();
    if (model === this.watched) return;
    this.end?.();
    this.watched = model;
    this.end = model?.watch(() => this.host.requestUpdate());
  }

  hostConnected(): void {
    this.host.requestUpdate();
  }

  hostDisconnected(): void {
    this.end?.();
    this.watched = undefined;
  }
}
