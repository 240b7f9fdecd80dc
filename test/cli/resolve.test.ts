import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubelane } from "../support/terminal.ts";

const MANIFEST = `apiVersion: networking.k8s.io/v1
kind: ServiceCIDR
metadata: { name: six }
spec: { cidrs: ["fd00::/112"] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: 10.96.0.50, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: six, namespace: shop }
spec: { clusterIP: "fd00::5", selector: { app: six }, ports: [{ name: http, port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web-1, labels: { app: web } }
spec: { containers: [{ name: main, image: a, ports: [{ containerPort: 80 }] }] }
status: { phase: Running, podIP: 10.244.0.5, conditions: [{ type: Ready, status: "True" }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: worker }
spec:
  selector: { matchLabels: { app: worker } }
  template:
    metadata: { labels: { app: worker } }
    spec: { containers: [{ name: main, image: a }] }
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-resolve-"));
  writeFileSync(join(folder, "all.yaml"), MANIFEST);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const resolve = (...words: string[]) =>
  kubelane(["resolve", ...words, "-f", join(folder, "all.yaml")], { cwd: folder });

const SIX = `5.${"0.".repeat(27)}0.0.d.f.ip6.arpa`;

describe("an address in place of a name", () => {
  it.each([
    ["10.96.0.50", "50.0.96.10.in-addr.arpa. 5 IN PTR web.default.svc.cluster.local.\n"],
    ["127.96.0.50", "50.0.96.10.in-addr.arpa. 5 IN PTR web.default.svc.cluster.local.\n"],
    [
      "127.244.0.5",
      "5.0.244.10.in-addr.arpa. 5 IN PTR 10-244-0-5.web.default.svc.cluster.local.\n",
    ],
    ["fd00::5", `${SIX}. 5 IN PTR six.shop.svc.cluster.local.\n`],
  ])("%s stands for its PTR records", async (address, stdout) => {
    expect(await resolve(address)).toEqual({ code: 0, stdout, stderr: "" });
    expect(await resolve(address, "ptr")).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("is looked up by that name alone", async () => {
    const { code, stderr } = await resolve("10.96.0.99");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^NXDOMAIN: no Service has the ClusterIP 10\.96\.0\.99 /);
    expect(stderr).not.toContain("tried");
  });
});

describe("what no resolver would look up", () => {
  it.each([
    [
      "http://web/",
      "http://web/ is more than a name\n  write kubelane resolve web, or kubelane trace http://web/",
    ],
    [
      "web:80",
      "web:80 is more than a name\n  write kubelane resolve web, or kubelane trace web:80",
    ],
    ["a..b", "a..b is no name that can be looked up: there is nothing between two dots"],
    [".web", "there is nothing between two dots"],
    ["", '"" is no name that can be looked up: it is empty'],
    ["web shop", '"web shop" is no name that can be looked up: it has a blank'],
    ["x".repeat(64), "must be 1 to 63 bytes long"],
    ["abcdefg.".repeat(32), "it has 255 characters, and 253 is the most"],
  ])("%j is refused with the reason", async (name, message) => {
    const { code, stdout, stderr } = await resolve(name);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it.each([
    ["PT", "did you mean PTR?"],
    ["BOGUS", "types are A, AAAA, SRV, PTR, CNAME, TXT, NS, SOA, …"],
    ["shop", "for a Service of namespace shop: kubelane resolve six.shop"],
  ])("type %s is refused with what may have been meant", async (type, hint) => {
    const { code, stderr } = await resolve("six", type);
    expect(code).toBe(2);
    expect(stderr).toContain(`"${type}" is no record type\n`);
    expect(stderr).toContain(`  ${hint}\n`);
  });
});

it("tells why a Service has no ClusterIP", async () => {
  const path = join(folder, "outside.yaml");
  const spec = "{ clusterIP: 10.0.0.7, ports: [{ port: 80 }] }";
  writeFileSync(path, `{ apiVersion: v1, kind: Service, metadata: { name: far }, spec: ${spec} }`);
  const { code, stderr } = await kubelane(["resolve", "far", "-f", path], { cwd: folder });
  expect(code).toBe(1);
  expect(stderr).toContain("error: ClusterIP 10.0.0.7 is outside 10.96.0.0/12");
});

describe("the one name of a search that is explained", () => {
  it.each([
    [["nothing"], "there is no Service default/nothing\n  namespace default has web\n"],
    [["nothing.shop"], "there is no Service shop/nothing\n  namespace shop has six\n"],
    [
      ["web-1"],
      "there is no Service default/web-1\n  web-1 is a Pod; the Service in front of it is web.default\n",
    ],
    [
      ["worker"],
      "worker is a Deployment, and no Service selects its pods: DNS has names of Services\n",
    ],
    [["web-1.web"], "Service default/web has no endpoint called web-1\n"],
    [
      ["_http._tcp.web", "SRV"],
      "port http not found in Service default/web; it has no named ports\n",
    ],
    [["_htpp._tcp.six.shop", "SRV"], "port htpp not found in Service shop/six; ports are http\n"],
    [["db-0.six.shop"], "Service shop/six has no endpoint called db-0\n"],
    [["web.shpo"], "there is no namespace shpo\n  did you mean namespace shop?\n"],
    [
      ["example.org"],
      "there is no namespace org\n  namespaces are default, shop\n  example.org itself is outside of the cluster, and not asked for here\n",
    ],
    [["web.default.svc.cluster.local.extra.example.org"], "is in none of the zones answered here"],
  ])("of %j is the one that was meant", async (words, text) => {
    const { code, stderr } = await resolve(...words);
    expect(code).toBe(1);
    expect(stderr).toContain(text);
  });
});
