// Lets the page's thread go for a moment, between pieces of work that would be one long task together.

/** Is kept in a later task, soon even in a hidden tab, where timers are throttled. */
export function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
