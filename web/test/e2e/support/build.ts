// Builds parleyd once for all tests, with what `make build` left in web/dist.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../..", import.meta.url));

export default async function build(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "parley-e2e-"));
  const program = join(folder, "parleyd");
  await promisify(execFile)("go", ["build", "-o", program, "./server/parleyd"], { cwd: root });
  process.env.PARLEYD = program; // test workers inherit it
  return () => rm(folder, { recursive: true, force: true });
}
