import { createApp } from 'vue';
import { options, start, store } from './visitor.js';
import { useStore } from './vue-store.js';

createApp({
  setup() {
    const chat = useStore(store.chat());
    const send = (event) => {
      chat.value.sendMessage(event.target.elements.text.value);
      event.target.reset();
    };
    return { session: useStore(store), chat, send, start };
  },
  template: `
    <p id="state">{{ session.isInit ? 'begun' : 'not begun' }}, {{ session.connection.state }}, {{ session.user?.name }}</p>
    <button v-if="!chat" type="button" @click="start">Start</button>
    <div v-else @focusin="chat.markRead()">
      <ol><li v-for="one in chat.messages" :key="one.key" :data-state="one.state">{{ one.message }}</li></ol>
      <p id="typing"><template v-for="user in chat.typing" :key="user.id">{{ user.name }} is typing</template></p>
      <p id="chat">{{ chat.status }}, {{ chat.users.length }} users, {{ chat.unread }} unread</p>
      <form @submit.prevent="send"><input name="text"></form>
    </div>`,
}).mount(document.body.appendChild(document.createElement('main')));

void store.init(options);
