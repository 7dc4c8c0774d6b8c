// What one task says to another thread, in all its microtasks, goes there in one message: each costs the browser as much as
// the core's work for what is in it. A message is a list of arrays, each with a name and its values.

/** Gives what adds to the message that `post` gets at the end of a task. */
export function joined(post: (message: unknown[][]) => void): (...said: unknown[]) => void {
  let message: unknown[][] = [];
  return (...said) => {
    if (message.push(said) > 1) return;
    queueMicrotask(() => {
      post(message);
      message = [];
    });
  };
}
