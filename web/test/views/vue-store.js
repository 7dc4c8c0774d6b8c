import { onScopeDispose, shallowRef } from 'vue';

export function useStore(store) {
  const snapshot = shallowRef(store.getSnapshot());
  onScopeDispose(store.subscribe(() => (snapshot.value = store.getSnapshot())));
  return snapshot;
}
