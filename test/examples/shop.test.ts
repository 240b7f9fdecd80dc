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

const CALLS = ["storefront", "orders", "catalog", "shipping"].map((name) => ({
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

describeWith([...TOOLS, POSTGRES], "the shop, every Service of which calls every other", () => {
  let installed: ReturnType<typeof publicPackage>;
  beforeAll(() => {
    installed = publicPackage();
  }, 180_000);
  afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

  async function open(user: User, replicas: number) {
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
