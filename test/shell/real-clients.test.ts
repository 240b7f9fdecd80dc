import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWith } from "../support/tools.ts";
import { Commands } from "./inside.ts";
import { POSTGRES, type PostgresServer, startPostgres } from "./postgres-server.ts";
import { NamedServer } from "./servers.ts";
import { mayUnshare, publicPackage, USERS } from "./users.ts";

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { clusterIP: None, selector: { app: db }, ports: [{ port: 5432 }] }
---
apiVersion: v1
kind: Service
metadata: { name: db-rw, namespace: shop }
spec: { selector: { app: db }, ports: [{ port: 5432 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db, namespace: shop }
spec:
  serviceName: db
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec: { containers: [{ name: db, image: postgres, ports: [{ containerPort: 5432 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web, namespace: shop, labels: { app: web } }
spec: { containers: [{ name: web, image: web, ports: [{ containerPort: 8080 }] }] }
`;

const TOOLS = ["unshare", "nsenter", "ip", "setpriv", "psql", POSTGRES, "hey"];

describeWith(TOOLS, "real clients in a network of their own", () => {
  const web = new NamedServer("web");
  let postgres: PostgresServer;
  let installed: ReturnType<typeof publicPackage>;
  let config: string;

  beforeAll(async () => {
    postgres = await startPostgres();
    await web.start();
    config = `manifests: [shop.yaml]
attach:
  shop/sts/db: [127.0.0.1:${postgres.port}]
  shop/pod/web: [127.0.0.1:${web.port}]
`;
    installed = publicPackage();
  }, 180_000);
  afterAll(async () => {
    web.close();
    await postgres?.stop();
    rmSync(installed.folder, { recursive: true, force: true });
  });

  describe.each(USERS.filter(mayUnshare))("as $name", (user) => {
    let commands: Commands;
    beforeAll(() => {
      commands = new Commands(installed, user, { "shop.yaml": MANIFESTS, "kubelane.yaml": config });
    });

    it.each(["db-rw", "db", "db-0.db", "db-rw.shop.svc.cluster.local"])(
      "psql reaches a real server as %s",
      async (host) => {
        const question = "select 6 * 7";
        const outcome = await commands.shell(
          "psql",
          "-h",
          host,
          "-U",
          "app",
          "-d",
          "postgres",
          "-tAc",
          question,
        );
        expect(outcome).toEqual({ code: 0, stdout: "42\n", stderr: "" });
      },
    );

    // No libc is asked for names or connections.
    it("a Go program reaches a Service by its own resolver", async () => {
      const words = ["-n", "20", "-c", "2", "http://web.shop.svc.cluster.local/"];
      const { code, stdout } = await commands.shell("env", "GODEBUG=netdns=go", "hey", ...words);
      expect(stdout).toMatch(/\[200\]\s+20 responses/);
      expect(code).toBe(0);
    });
  });
});
