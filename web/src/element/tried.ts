// Loading again what could not be loaded: a network that is lost for a moment, or a server that starts anew, is no reason to do without.

/** In milliseconds, before the second and the third time. */
const pauses = [1_000, 3_000];

/** Loads until it succeeds, three times at most. Rejects with the last reason. */
export async function tried<T>(load: () => Promise<T>): Promise<T> {
  for (const pause of pauses) {
    try {
      return await load();
    } catch {
      await new Promise((done) => setTimeout(done, pause));
    }
  }
  return load();
}
