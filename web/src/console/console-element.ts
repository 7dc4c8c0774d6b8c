// The base of the console's elements. They render into the page itself, not into a shadow root: stylesheets and ids are
// shared by all. Each is rendered again when the language is another one.

import { LitElement, type ReactiveController } from 'lit';
import { language } from './model/language';
import type { Observable } from './model/observable';

export class ConsoleElement extends LitElement {
  constructor() {
    super();
    new ModelController(this, () => language);
  }

  protected override createRenderRoot(): this {
    return this;
  }
}

/** Renders an element again after each change of its model. `model` is asked before each rendering, as it may be another one. */
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
