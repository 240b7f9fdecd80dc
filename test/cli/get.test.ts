import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { serveControl } from "../../src/control/server.ts";
import { Store } from "../../src/store/store.ts";
import { kubelane } from "../support/terminal.ts";

let folder: string;

const MANIFEST = `apiVersion: v1
kind: Service
metadata: { name: web, labels: { team: shop } }
spec: { selector: { app: web }, clusterIP: 10.96.0.50, ports: [{ port: 80 }, { name: tls, port: 443 }] }
---
apiVersion: v1
kind: Service
metadata: { name: db }
spec: { clusterIP: None, selector: { app: db }, ports: [{ port: 5432 }] }
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: back, labels: { team: "yes" } }
spec: { type: NodePort, clusterIP: 10.96.0.51, selector: { app: api }, ports: [{ port: 80, nodePort: 30080 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web }] }
---
apiVersion: example.org/v1
kind: Widget
metadata: { name: gear }
`.replace("{ port: 80 }, {", "{ name: http, port: 80 }, {");

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-get-"));
  writeFileSync(join(folder, "all.yaml"), MANIFEST);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const get = (...words: string[]) =>
  kubelane(["get", ...words, "-f", join(folder, "all.yaml")], {
    cwd: folder,
    env: { KUBELANE_RUNTIME_DIR: join(folder, "none") },
  });

/** A table without the ages. */
const rows = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/\s+(AGE|\d+s)$/, "").split(/\s{2,}/));

describe("kubelane get from files", () => {
  it("prints Services as kubectl does", async () => {
    const { code, stdout } = await get("svc");
    expect(code).toBe(0);
    expect(rows(stdout)).toEqual([
      ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)"],
      ["db", "ClusterIP", "None", "<none>", "5432/TCP"],
      ["web", "ClusterIP", "10.96.0.50", "<none>", "80/TCP,443/TCP"],
    ]);
  });

  it("has the namespaces that a cluster has, and those that are used", async () => {
    const { stdout } = await get("ns", "-o", "name");
    expect(stdout.trim().split("\n")).toEqual(
      ["back", "default", "kube-node-lease", "kube-public", "kube-system"].map(
        (name) => `namespace/${name}`,
      ),
    );
    expect((await get("ns", "back")).code).toBe(0);
  });

  it("says why there are no nodes, and how to have some", async () => {
    const { code, stdout, stderr } = await get("nodes");
    expect([code, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("nodes: in kubelane.yaml makes some");
  });

  it("puts the namespace first with -A, and node ports behind the port", async () => {
    const { stdout } = await get("services", "-A", "-l", "team");
    expect(rows(stdout)).toEqual([
      ["NAMESPACE", "NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)"],
      ["back", "api", "NodePort", "10.96.0.51", "<none>", "80:30080/TCP"],
      ["default", "web", "ClusterIP", "10.96.0.50", "<none>", "80/TCP,443/TCP"],
    ]);
  });

  it.each([
    [["svc", "-A", "--no-headers", "--sort-by", ".spec.clusterIP"], "web,api,db"],
    [["svc", "-A", "--no-headers", "--sort-by={.metadata.name}"], "api,db,web"],
    [["svc", "-A", "--no-headers", "--sort-by=spec.ports[0].port"], "api,web,db"],
    [["svc", "-A", "--no-headers", "--sort-by=.spec.externalName"], "api,db,web"],
  ])("prints rows without a header in the order of a field: %j", async (words, names) => {
    const { code, stdout } = await get(...words);
    expect(code).toBe(0);
    const rows = stdout.trimEnd().split("\n");
    expect(rows.map((row) => row.split(/ {2,}/)[1]).join(",")).toBe(names);
  });

  it.each([
    ["jsonpath={.items}", /jsonpath is left to kubectl/],
    ["custom-columns=N:.metadata.name", /custom-columns is left to kubectl/],
    ["go-template={{.}}", /go-template is left to kubectl/],
    ["jason", /Did you mean json\?/],
  ])("says where -o %s is had", async (format, expected) => {
    const { code, stderr } = await get("svc", "-o", format);
    expect(code).toBe(2);
    expect(stderr).toMatch(expected);
  });

  it("refuses to sort by what is no field", async () => {
    const { code, stderr } = await get("svc", "--sort-by", "{range .items}");
    expect([code, stderr]).toEqual([2, expect.stringContaining("is no field")]);
  });

  it("shows the pods that a Deployment makes", async () => {
    const { stdout } = await get("pods", "-l", "app=web");
    const [header, ...pods] = rows(stdout);
    expect(header).toEqual(["NAME", "READY", "STATUS", "RESTARTS"]);
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(pod[0]).toMatch(/^web-[a-z0-9]+-[a-z0-9]{5}$/);
      expect(pod.slice(1)).toEqual(["0/1", "Pending", "0"]);
    }
  });

  it("prints a List as JSON and as YAML, and one object by name as itself", async () => {
    const list = JSON.parse((await get("svc", "-o", "json")).stdout);
    expect(list.kind).toBe("List");
    expect(list.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual([
      "db",
      "web",
    ]);
    const one = parse((await get("svc", "api", "-n", "back", "-o", "yaml")).stdout);
    expect(one.metadata.labels).toEqual({ team: "yes" });
  });

  it("prints names that kubectl takes", async () => {
    expect((await get("deploy", "-o", "name")).stdout).toBe("deployment.apps/web\n");
    expect((await get("svc", "-o", "name")).stdout).toBe("service/db\nservice/web\n");
  });

  it("lists kinds it knows nothing of", async () => {
    expect(rows((await get("widgets")).stdout)).toEqual([["NAME"], ["gear"]]);
  });

  it("says when there is nothing, on stderr, and that is no failure", async () => {
    expect(await get("pods", "-l", "app=absent")).toEqual({
      code: 0,
      stdout: "",
      stderr: "No resources found in default namespace.\n",
    });
  });

  it("says where endpoints are, to who asks for Endpoints", async () => {
    expect(await get("endpoints")).toEqual({
      code: 0,
      stdout: "",
      stderr:
        "No resources found in default namespace.\n" +
        "  Endpoints are deprecated; what a Service leads to stands in EndpointSlices: kubelane get endpointslices\n",
    });
  });

  it.each([
    [["svc", "wep"], 1, 'there is no Service "wep" in namespace default\n  did you mean web?'],
    [["svc", "nothing-like-it"], 1, "in namespace default\n  there are "],
    [["endpoints", "web"], 1, "kubelane get endpointslices -l kubernetes.io/service-name=web"],
    [["srvices"], 2, "did you mean services?"],
    [["pods", "-l", "a=(b)"], 2, "invalid selector"],
  ])("refuses %j with exit code %d", async (words, exitCode, message) => {
    const { code, stdout, stderr } = await get(...words);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("exits with 3 when a file can't be read", async () => {
    const { code, stderr } = await kubelane(["get", "pods", "-f", join(folder, "absent.yaml")]);
    expect(code).toBe(3);
    expect(stderr).toContain("absent.yaml");
  });

  it("says what to do when there is nothing to look at", async () => {
    const env = { KUBELANE_RUNTIME_DIR: join(folder, "none") };
    const { code, stderr } = await kubelane(["get", "pods"], { cwd: folder, env });
    expect(code).toBe(3);
    expect(stderr).toContain("name manifests with -f");
  });

  it.skipIf(process.platform === "win32")("says where engines run, and takes none", async () => {
    const env = { KUBELANE_RUNTIME_DIR: join(folder, "several") };
    const servers = await Promise.all(
      ["/home/me/a", "/home/me/b"].map((path, i) => {
        const info = { pid: i + 1, version: "1.2.3", clusterDomain: "cluster.local", folder: path };
        const subject = { store: new Store(), info: () => info, localAddressOf: () => undefined };
        return serveControl(subject, env.KUBELANE_RUNTIME_DIR);
      }),
    );
    const { code, stderr } = await kubelane(["get", "pods"], { cwd: folder, env });
    await Promise.all(servers.map((server) => server.close()));
    expect(code).toBe(3);
    expect(stderr).toContain("or go to where one runs: /home/me/a, /home/me/b");
  });
});

describe("kubelane get, as kubectl takes its words", () => {
  it.each([
    [["svc,deploy"], ["service/db", "service/web", "deployment.apps/web"]],
    [["all"], ["pod/", "service/db", "service/web", "deployment.apps/web", "replicaset.apps/web"]],
    [
      ["svc/web", "deploy/web"],
      ["service/web", "deployment.apps/web"],
    ],
  ])("%j names the kind before each name", async (words, starts) => {
    const { code, stdout } = await get(...words);
    expect(code).toBe(0);
    for (const start of starts) expect(stdout).toMatch(new RegExp(`^${start}`, "m"));
  });

  it("takes several names", async () => {
    expect((await get("svc", "web", "db", "-o", "name")).stdout).toBe("service/db\nservice/web\n");
  });

  it("gives each label of -L a column named after it", async () => {
    const { stdout } = await get("svc", "-A", "-L", "team,app.kubernetes.io/name", "-L", "x");
    const [header, ...lines] = stdout.trimEnd().split("\n");
    expect(header).toMatch(/AGE +TEAM +NAME +X$/);
    expect(lines.map((line) => /(yes|shop)?$/.exec(line.trimEnd())?.[0])).toEqual([
      "yes",
      "",
      "shop",
    ]);
  });

  it("shows all labels", async () => {
    expect((await get("svc", "web", "--show-labels")).stdout).toMatch(/LABELS\n.*team=shop\n/);
  });

  it.each([
    ["spec.type=NodePort", "service/api\n"],
    ["spec.type!=NodePort,metadata.name!=db", "service/web\n"],
    ["spec.clusterIP=None", "service/db\n"],
  ])("selects by the field %s", async (selector, stdout) => {
    const result = await get("svc", "-A", "-o", "name", "--field-selector", selector);
    expect(result).toMatchObject({ code: 0, stdout });
  });

  it("counts an absent field as what a cluster fills in", async () => {
    const { stdout } = await get("pods", "-o", "name", "--field-selector", "status.phase=Pending");
    expect(stdout.split("\n")).toHaveLength(3);
  });

  it.each([
    ["spec.typ=NodePort", "did you mean spec.type?"],
    ["spec.type", "invalid field selector"],
  ])("refuses the field selector %s", async (selector, message) => {
    const { code, stderr } = await get("svc", "--field-selector", selector);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it.each([
    [["svc", "api"], "there is one in namespace back: add -n back"],
    [["svc/web", "deploy"], "deploy is not written TYPE/NAME"],
    [["svc", "deploy/web"], "write either TYPE NAME"],
    [["svc", "-n", "bakc"], "did you mean -n back?"],
    [["svc", "web", "-l", "team=x"], "Service web in namespace default does not match team=x"],
    [["svc", "-o", "yml"], "Did you mean yaml?"],
  ])("says what to do about %j", async (words, message) => {
    expect((await get(...words)).stderr).toContain(message);
  });
});

describe("kubelane resolve from files", () => {
  const resolve = (...words: string[]) =>
    kubelane(["resolve", ...words, "-f", join(folder, "all.yaml")], { cwd: folder });

  it.each([
    [["web"], "web.default.svc.cluster.local. 5 IN A 10.96.0.50\n"],
    [["api.back"], "api.back.svc.cluster.local. 5 IN A 10.96.0.51\n"],
    [["api", "-n", "back"], "api.back.svc.cluster.local. 5 IN A 10.96.0.51\n"],
    [["web.default.svc.cluster.local."], "web.default.svc.cluster.local. 5 IN A 10.96.0.50\n"],
    [
      ["50.0.96.10.in-addr.arpa.", "PTR"],
      "50.0.96.10.in-addr.arpa. 5 IN PTR web.default.svc.cluster.local.\n",
    ],
    [
      ["_tls._tcp.web.default.svc.cluster.local", "srv"],
      "_tls._tcp.web.default.svc.cluster.local. 5 IN SRV 0 100 443 web.default.svc.cluster.local.\n" +
        "web.default.svc.cluster.local. 5 IN A 10.96.0.50\n",
    ],
  ])("resolves %j", async (words, stdout) => {
    expect(await resolve(...words)).toMatchObject({ code: 0, stdout });
  });

  it.each([
    [["nope"], "NXDOMAIN"],
    [["db"], "NXDOMAIN"],
    [["web", "AAAA"], "NODATA"],
  ])("exits with 1 for %j and says %s", async (words, rcode) => {
    const { code, stdout, stderr } = await resolve(...words);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(rcode);
  });

  it("refuses a type that is none", async () => {
    expect((await resolve("web", "AAAAA")).code).toBe(2);
  });

  it("says what was tried for a name that is nowhere, and which was probably meant", async () => {
    expect((await resolve("webb")).stderr).toBe(
      "NXDOMAIN: there is no Service default/webb\n  did you mean web.default?\n" +
        "  tried webb.default.svc.cluster.local, webb.svc.cluster.local, webb.cluster.local, webb\n",
    );
    expect((await resolve("web.backk")).stderr).toContain("did you mean namespace back?");
  });

  it("explains each step, as a pod with its own search list takes it", async () => {
    const pod =
      "apiVersion: v1\nkind: Pod\nmetadata: { name: asker }\nspec:\n" +
      "  dnsConfig: { searches: [back.svc.cluster.local], options: [{ name: ndots, value: '2' }] }\n" +
      "  containers: [{ name: a, image: a }]\n";
    writeFileSync(join(folder, "pod.yaml"), pod);
    const words = ["api", "--as", "pod/asker", "--explain", "-f", join(folder, "all.yaml")];
    const { code, stdout } = await kubelane(["resolve", ...words, "-f", join(folder, "pod.yaml")]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        "pod default/asker searches default.svc.cluster.local svc.cluster.local cluster.local back.svc.cluster.local (ndots:2)\n" +
        "  NXDOMAIN api.default.svc.cluster.local\n  NXDOMAIN api.svc.cluster.local\n" +
        "  NXDOMAIN api.cluster.local\n  NOERROR  api.back.svc.cluster.local\n" +
        "api.back.svc.cluster.local. 5 IN A 10.96.0.51\n" +
        "NOERROR: 1 A record of Service back/api\n" +
        "  it has no ready endpoint: connections will fail\n",
    });
  });

  it.each([
    [["web", "--as", "pod/nobody"], 1, 'there is no Pod "nobody" in namespace default'],
    [["web", "--as", "svc/web"], 2, "--as svc/web is no pod"],
  ])("refuses %j", async (words, exit, message) => {
    const { code, stderr } = await resolve(...words);
    expect(code).toBe(exit);
    expect(stderr).toContain(message);
  });

  it("answers in another zone", async () => {
    const { stdout } = await resolve("web", "--cluster-domain", "k8s.test");
    expect(stdout).toBe("web.default.svc.k8s.test. 5 IN A 10.96.0.50\n");
  });

  it("is data with -o json", async () => {
    const { code, stdout } = await resolve("db", "-o", "json");
    expect(code).toBe(1);
    const { tried, answers } = JSON.parse(stdout);
    expect(answers).toEqual([]);
    expect(tried[0]).toMatchObject({
      name: "db.default.svc.cluster.local.",
      rcode: "NXDOMAIN",
      rule: "headless-without-endpoints",
    });
  });
});
