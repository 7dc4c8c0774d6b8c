import { from } from 'solid-js';

export const useStore = (store) =>
  from((set) => {
    set(() => store.getSnapshot());
    return store.subscribe(() => set(() => store.getSnapshot()));
  }, store.getSnapshot());
