import { mount } from 'svelte';
import Talk from './Talk.svelte';
import { options, store } from './visitor.js';

mount(Talk, { target: document.body.appendChild(document.createElement('main')) });
void store.init(options);
