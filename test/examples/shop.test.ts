import { once } from "node:events";
import { chmodSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Commands } from "../shell/inside.ts";
import { POSTGRES } from "../shell/postgres-server.ts";
import { mayUnshare, publicPackage, USERS, type User } from "../shell/users.ts";
import { said } from "../support/said.ts";
import { describeWith } from "../support/tools.ts";
import { get } from "../support/up.ts";

const SHOP = resolve(import.meta.dirname, "../../examples/shop");
const TOOLS = ["unshare", "nsenter", "ip", "setpriv", "python3", "psql", "redis-server", "busybox"];

const APPS = ["storefront", "orders", "catalog", "shipping"];
const CALLS = APPS.map((name) => ({
  name,
  host: `${name}.shop`,
  path: name === "shipping" ? "/cgi-bin/calls" : "/calls",
}));

const ANSWERS = {
  storefront: "storefront",
  orders: "orders",
  catalog: "catalog",
  shipping: "shipping",
  postgres: "3",
  redis: expect.stringMatching(/^:\d+$/),
};

/** What they would be where nobody has counted in redis before. */
const ON_MACHINE: Readonly<Record<string, string>> = { ...ANSWERS, redis: ":1" };

/** The table of the README: by Service, whether it reaches the others, postgres and redis on the machine's network. */
const ROWS = new Map(
  readFileSync(join(SHOP, "README.md"), "utf8")
    .split("\n")
    .filter((line) => /\| (yes|no) \|$/.test(line))
    .flatMap((line) => {
      const [from = "", ...cells] = line.slice(2, -2).split(" | ");
      const [name = ""] = from.split(" ");
      return APPS.includes(name) ? [[name, cells] as const] : [];
    }),
);

describeWith([...TOOLS, POSTGRES], "the shop, every Service of which calls every other", () => {
  let installed: ReturnType<typeof publicPackage>;
  beforeAll(() => {
    installed = publicPackage();
  }, 180_000);
  afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

  async function open(user: User, replicas: number, ...options: readonly string[]) {
    const commands = new Commands(installed, user, {});
    cpSync(SHOP, commands.folder, { recursive: true });
    chmodSync(commands.folder, 0o777);
    for (const file of readdirSync(join(commands.folder, "k8s"))) {
      if (file === "postgres.yaml" || file === "redis.yaml") continue;
      const path = join(commands.folder, "k8s", file);
      const text = readFileSync(path, "utf8");
      writeFileSync(path, text.replace("replicas: 1", `replicas: ${replicas}`));
    }
    const up = commands.start(
      ...[
        "up",
        "--dns",
        "off",
        "--gateway",
        "127.0.0.1:0",
        "--api",
        "off",
        "--no-relays",
        "--offline",
      ],
      ...options,
    );
    const gateway = /^gateway +http:\/\/127\.0\.0\.1:(\d+)\n/m;
    const [listening] = await Promise.all([
      said(up, "stdout", gateway),
      said(up, "stderr", /ready after/),
    ]);
    const port = Number(gateway.exec(listening)?.[1]);
    const ask = async (host: string, path: string) =>
      (await get({ port, path, headers: { host } })).body;
    return { up, ask };
  }

  it("is told by its README what works on the machine's network", async () => {
    const { up, ask } = await open(USERS[0] as User, 1, "--network", "host");
    try {
      const told = [];
      for (const { name, host, path } of CALLS.filter((each) => ROWS.has(each.name))) {
        const answers: Record<string, string> = JSON.parse(await ask(host, path));
        const works = (...to: readonly string[]) =>
          to.every((each) => answers[each] === ON_MACHINE[each]) ? "yes" : "no";
        told.push([name, works(...APPS), works("postgres"), works("redis")]);
      }
      expect(ROWS.size).toBe(3);
      expect(told.map(([name, ...cells]) => [name, cells])).toEqual([...ROWS]);
    } finally {
      up.kill("SIGTERM");
      await once(up, "close");
    }
  }, 180_000);

  describe.each(USERS.filter(mayUnshare))("as $name", (user) => {
    it.each([1, 2])(
      "works with %i of each",
      async (replicas) => {
        const { up, ask } = await open(user, replicas);
        try {
          for (const { host, path } of CALLS) {
            for (let i = 0; i < replicas * 3; i++) {
              expect([host, JSON.parse(await ask(host, path))]).toEqual([host, ANSWERS]);
            }
          }
          expect(JSON.parse(await ask("catalog.shop", "/products"))).toMatchObject({ lamp: 4900 });
        } finally {
          up.kill("SIGTERM");
          await once(up, "close");
        }
      },
      180_000,
    );
  });
});
