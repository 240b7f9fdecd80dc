import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mayUnshare, USERS } from "../shell/users.ts";
import { addProgram, builtPackage } from "../support/built-package.ts";
import { describeWith } from "../support/tools.ts";
import { type Ground, type Program, startGround } from "./ground.ts";
import { byProgram, canAsk, decide, expected, WAYS, type WayIn } from "./ways.ts";
import { type Ask, type Decision, GROUPS, placed } from "./worlds.ts";

let packaged: string;
beforeAll(() => {
  packaged = builtPackage();
  addProgram(packaged);
}, 180_000);
afterAll(() => rmSync(packaged, { recursive: true, force: true }));

describe.each(GROUPS)(
  "every way in decides the same $name",
  ({ options, worlds }) => {
    const here = worlds.map(placed);
    const rows = here.flatMap(({ name, asks }) =>
      asks.map((ask): [string, Ask] => [
        `${name}: ${ask.host} ${ask.port ?? "alone"}${ask.over === undefined ? "" : " over UDP"}`,
        ask,
      ]),
    );
    let ground: Ground;
    let registered: Program;
    beforeAll(async () => {
      ground = await startGround(
        here.flatMap(({ objects }) => objects),
        options,
        packaged,
      );
      registered = ground.program("ask", [process.execPath, "--import", "kubelane/register"]);
    }, 60_000);
    afterAll(() => ground[Symbol.asyncDispose]());

    async function cellsOf(ways: readonly WayIn[], ask: Ask) {
      const asked = ways.filter((way) => canAsk(way, ask));
      const cells: [string, Decision][] = [];
      for (const way of asked) cells.push([way.name, await decide(way, ground, ask)]);
      expect(cells).toEqual(asked.map((way) => [way.name, expected(way, ask)]));
    }

    it.each(rows)("%s", (_, ask) =>
      cellsOf([...WAYS, byProgram("register", () => registered)], ask),
    );

    describeWith(["unshare", "nsenter", "ip"], "in a shell", () => {
      // The last one is who runs the tests.
      describe.each(USERS.filter(mayUnshare).slice(-1))("as $name", () => {
        let shell: Program;
        beforeAll(() => {
          const bin = join(packaged, "dist/bin/kubelane.cjs");
          const command = [process.execPath, bin, "shell", "-n", "default", "--", process.execPath];
          shell = ground.program("inside", command);
        });
        it.each(rows.filter(([, { port }]) => port !== undefined))("%s", (_, ask) =>
          cellsOf([byProgram("shell", () => shell)], ask),
        );
      });
    });
  },
  120_000,
);
