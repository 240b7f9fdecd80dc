import { execFile } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { mayUnshare, publicPackage, USERS } from "../shell/users.ts";
import { describeWith } from "../support/tools.ts";

const run = promisify(execFile);

/** `KUBELANE_RESTARTS=1000` for a long run. */
const COUNT = Number(process.env["KUBELANE_RESTARTS"] ?? 50);

describeWith(["unshare", "nsenter", "ip", "setpriv"], "a pod that is restarted many times", () => {
  let installed: ReturnType<typeof publicPackage>;
  beforeAll(() => {
    installed = publicPackage();
    const script = join(import.meta.dirname, "restarts.mjs");
    copyFileSync(script, join(installed.folder, "restarts.mjs"));
  }, 180_000);
  afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

  it.each(USERS.filter(mayUnshare))(
    "leaves no descriptor, process, namespace or mount ($name)",
    async (user) => {
      const { folder, node } = installed;
      const words = [node, join(folder, "restarts.mjs"), folder, String(COUNT)];
      const [program = "", ...args] = [...user.prefix, ...words];
      const env = {
        ...process.env,
        KUBELANE_RUNTIME_DIR: join(folder, `run-${user.prefix.length}`),
      };
      const { stdout } = await run(program, args, { env });
      const { before, after, count } = JSON.parse(stdout);
      expect(count).toBeGreaterThanOrEqual(COUNT);
      expect(after).toEqual(before);
    },
    120_000 + COUNT * 3_000,
  );
});
