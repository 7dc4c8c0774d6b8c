import { createApp } from 'vue';
import Page from './ChatPage.vue';

createApp(Page).mount(document.body.appendChild(document.createElement('div')));
