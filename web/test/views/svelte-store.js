import { readable } from 'svelte/store';

export const useStore = (store) =>
  readable(store.getSnapshot(), (set) => {
    set(store.getSnapshot());
    return store.subscribe(() => set(store.getSnapshot()));
  });
