// The script and a core that ends when it is asked to, made for tests: Events.send of
// `fault:panic`, `fault:exit` or `fault:memory`.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext } from "@playwright/test";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

export class FaultyBuild {
  readonly #files = new Map<string, Buffer>();

  static async make(): Promise<FaultyBuild> {
    const [{ buildCore }, { bundleScript }] = await Promise.all([import("../../../build/core.mjs"), import("../../../build/bundle.mjs")]);
    const folder = await mkdtemp(join(tmpdir(), "parley-faults-"));
    try {
      const made = new FaultyBuild();
      const wasm = await buildCore(root, folder, ["parleyfaults"]);
      const { version } = JSON.parse(await readFile(join(root, "web", "package.json"), "utf8"));
      await bundleScript(join(root, "web", "src"), folder, version, wasm);
      for (const name of await readdir(folder)) made.#files.set(name, await readFile(join(folder, name)));
      return made;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** Serves the build in the folder /sdk/faulty/ of whatever server pages ask for it. */
  async serve(context: BrowserContext): Promise<void> {
    await context.route("**/sdk/faulty/*", (route) => {
      const name = new URL(route.request().url()).pathname.split("/").pop()!;
      const headers = { "access-control-allow-origin": "*", "content-type": name.endsWith(".js") ? "text/javascript" : "application/wasm" };
      return route.fulfill({ body: this.#files.get(name), headers });
    });
  }
}
