// A file in a conversation: a picture, or a row with its name and size. Both can be saved.

import { html, nothing } from 'lit';
import type { Media } from '../../index';
import { downloadIcon, fileIcon } from './icons';
import { fetchBlob } from '../ui/api';
import { isPicture } from '../ui/files';
import { sizeText, words } from '../ui/format';
import { Part } from './part';

class MediaView extends Part {
  static override properties = { media: { attribute: false }, picture: { state: true }, problem: { state: true }, busy: { state: true } };
  declare media: Media;
  /** The address of the picture, once it is here. */
  declare private picture: string;
  declare private problem: string;
  declare private busy: boolean;
  /** Pictures are fetched when they come near the screen. */
  readonly #near = new IntersectionObserver(([entry]) => entry!.isIntersecting && void this.#show(), { rootMargin: '400px' });

  constructor() {
    super();
    this.picture = '';
    this.problem = '';
    this.busy = false;
  }

  protected override firstUpdated(): void {
    if (isPicture(this.media)) this.#near.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#near.disconnect();
    URL.revokeObjectURL(this.picture);
    this.picture = '';
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated && isPicture(this.media)) this.#near.observe(this);
  }

  protected override render() {
    const { name, size } = this.media;
    return html`
      ${isPicture(this.media) ? this.#frame() : nothing}
      <span class="file" data-testid="media">
        ${fileIcon}
        <span class="file-name">${name}<small>${sizeText(size)}</small></span>
        <button class="button plain icon" data-testid="media-save" aria-label="Download ${name}" title="Download" ?disabled=${this.busy}
          @click=${this.#save}>${downloadIcon}</button>
      </span>
      ${this.problem ? html`<span class="file-problem" role="alert">${this.problem}</span>` : nothing}
    `;
  }

  #frame() {
    return html`<span class="picture">${this.picture ? html`<img src=${this.picture} alt=${this.media.name}
      @error=${() => (this.problem = 'The picture cannot be shown.')}>` : nothing}</span>`;
  }

  async #show(): Promise<void> {
    this.#near.disconnect();
    await this.#attempt(async () => {
      const address = URL.createObjectURL(await fetchBlob(this.media.url));
      if (this.isConnected) this.picture = address;
      else URL.revokeObjectURL(address);
    });
  }

  async #save(): Promise<void> {
    this.busy = true;
    await this.#attempt(() => ICF.Helper.downloadMedia(this.media));
    this.busy = false;
  }

  async #attempt(act: () => Promise<unknown>): Promise<void> {
    this.problem = '';
    try {
      await act();
    } catch (error) {
      this.problem = words(error);
    }
  }
}

customElements.define('console-media', MediaView);
