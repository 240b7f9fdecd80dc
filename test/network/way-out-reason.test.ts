import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Namespace } from "../../src/network/namespace.ts";
import { WayOut } from "../../src/network/way-out.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

it("a way out that can't be opened says why in pasta's own words", async () => {
  const folder = temporaryFolder();
  const tools = {
    pasta: "#!/bin/sh\necho 'Failed to open() /dev/net/tun: Permission denied' >&2\nexit 1\n",
    nft: "#!/bin/sh\n",
  };
  for (const [name, script] of Object.entries(tools)) {
    writeFileSync(join(folder, name), script);
    chmodSync(join(folder, name), 0o755);
  }
  const path = `${folder}:${process.env["PATH"]}`;
  const opening = WayOut.open({ pid: process.pid } as Namespace, { path, isRoot: false });
  await expect(opening).rejects.toThrow(/^Failed to open\(\) \/dev\/net\/tun: Permission denied$/);
});
