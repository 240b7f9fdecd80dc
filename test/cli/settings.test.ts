import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { beforeEach, describe, expect, it } from "vitest";
import { up } from "../../src/cli/commands/up.ts";
import { settingsInForce } from "../../src/cli/settings/in-force.ts";
import { longFlag } from "../../src/cli/settings/setting-options.ts";
import { readDocuments } from "../../src/manifests/read-documents.ts";
import { readLocalConfig } from "../../src/manifests/read-local-config.ts";
import { configSchema } from "../../src/manifests/settings/config-schema.ts";
import {
  FALLBACKS,
  SETTING_KEYS,
  type SettingKey,
  settingOf,
  settingPath,
} from "../../src/manifests/settings/table.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { kubelane } from "../support/terminal.ts";

const ROOT = join(import.meta.dirname, "../..");

/** A value of each setting that is not its default, as the file has it and as words of the command line. */
const SAMPLES: Readonly<Record<SettingKey, readonly [yaml: string, ...words: string[]]>> = {
  manifests: ["[k8s]", "-f", "k8s"],
  run: ["{ deploy/web: npm start }"],
  attach: ["{ deploy/web: 3000 }"],
  images: ["{ web: npm start }"],
  stub: ["[deploy/web, a/*]", "--stub", "deploy/web", "--stub", "a/*"],
  containers: ["podman", "--containers", "podman"],
  network: ["host", "--network", "host"],
  dataPlane: ["relay", "--data-plane", "relay"],
  offline: ["on", "--offline"],
  expose: ['[3000, "13001:3001"]', "--expose", "3000,13001:3001"],
  watchRestart: ["[src]", "--watch-restart", "src"],
  "environment.inherit": ["off"],
  "environment.serviceLinks": ["off"],
  "environment.podInfo": ["off"],
  "environment.ports": ["off"],
  "environment.references": ["off"],
  "environment.proxy": ["off"],
  "backOff.base": ["0.5"],
  "backOff.cap": ["20"],
  "dns.listen": ["127.0.0.1:53", "--dns", "127.0.0.1:53"],
  "dns.zones": ["[k8s.test, a.test]", "--dns-zone", "k8s.test", "--dns-zone", "a.test"],
  "dns.upstream": ["[192.0.2.53]", "--dns-upstream", "192.0.2.53"],
  "dns.ttl": ["30", "--dns-ttl", "30"],
  "dns.cache": ["0", "--dns-cache", "0"],
  "dns.routes": ["on", "--dns-routes"],
  "dns.pods": ["verified", "--pods", "verified"],
  "gateway.listen": ["3000", "--gateway", "3000"],
  "gateway.https": ["off", "--https", "off"],
  "gateway.page": ["off"],
  "gateway.subdomains": ["on", "--subdomains"],
  "gateway.classes": ["[nginx]", "--gateway-class", "nginx"],
  "api.listen": ["off", "--api", "off"],
  state: [".kubelane", "--state", ".kubelane"],
  apiServer: ["127.0.0.1:6443", "--api-server", "127.0.0.1:6443"],
  "cluster.context": ["dev"],
  "cluster.kubeconfig": ["config"],
  "cluster.namespaces": ["[shop]", "-n", "shop"],
  "cluster.reach": ["direct", "--reach", "direct"],
  "cluster.refuse": ["[prod*]"],
  clusterDomain: ["k8s.example", "--cluster-domain", "k8s.example"],
  kubernetes: ["1.34"],
  nodes: ["[{ name: a }]"],
  node: ["a", "--node", "a"],
  zone: ["eu-1", "--zone", "eu-1"],
  policy: ["p2c", "--policy", "p2c"],
  strict: ["on", "--strict"],
  relays: ["off", "--no-relays"],
  mirror: ["2", "--mirror", "2"],
  loadBalancerRange: ["10.113.0.0/24", "--load-balancer-range", "10.113.0.0/24"],
  "admin.listen": ["127.0.0.1:9090", "--admin", "127.0.0.1:9090"],
  accessLog: ["json", "--access-log", "json"],
  log: ["json", "--log", "json"],
  quiet: ["on", "-q"],
  allowMissing: ["on", "--allow-missing"],
  timeout: ["5m", "--timeout", "5m"],
};

const written = (key: SettingKey): string => {
  const [first = "", second] = settingPath(key);
  const [yaml] = SAMPLES[key];
  return second === undefined ? `${first}: ${yaml}\n` : `${first}: { ${second}: ${yaml} }\n`;
};

async function shown(cwd: string, ...words: string[]) {
  const argv = ["config", "view", "-o", "json", ...words];
  const { stdout, stderr } = await kubelane(argv, { cwd });
  if (stdout === "") throw new Error(stderr);
  const rows = JSON.parse(stdout) as { name: string; value: string; origin: string }[];
  return new Map(rows.map(({ name, value, origin }) => [name, [value, origin] as const]));
}

describe.each(SETTING_KEYS)("the setting %s", (key) => {
  it("is read from the file, and not what holds by default", () => {
    const { config, diagnostics } = readLocalConfig(written(key), "/app/kubelane.yaml");
    expect(diagnostics).toEqual([]);
    expect(config?.values[key]).not.toEqual(FALLBACKS[key]);
    expect(config?.placeOf(key)?.line).toBe(1);
  });

  it("is known to the schema, and a wrong name beside it is not", () => {
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(configSchema());
    const value = (text: string) => [...readDocuments(text)][0]?.value;
    expect(validate(value(written(key))), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(value(written(key).replace(/\w+/, "nothingSuch")))).toBe(false);
  });
});

it.each(SETTING_KEYS.filter((key) => SAMPLES[key].length > 1))(
  "%s is the same in the file and on the command line",
  async (key) => {
    const [, ...words] = SAMPLES[key];
    const folder = temporaryFolder();
    writeFileSync(join(folder, "kubelane.yaml"), written(key));
    const fromFile = (await shown(folder)).get(key);
    expect(fromFile?.[1]).toMatch(/kubelane\.yaml:1:\d+$/);
    const empty = temporaryFolder();
    const fromOption = (await shown(empty, ...words)).get(key);
    expect(fromOption).toEqual([
      // Paths of the command line stay as they were typed, or are relative to where it is.
      key === "manifests" ? "k8s" : fromFile?.[0].replace(folder, empty),
      key === "manifests" ? "--filename" : longFlag(settingOf(key).option?.flags ?? ""),
    ]);
  },
);

it("every option of up sets something, or says how to run once", () => {
  const flags = SETTING_KEYS.map((key) => settingOf(key).option?.flags);
  const once = up.options.filter(({ flags: each, hidden }) => !hidden && !flags.includes(each));
  expect(once.map(({ flags: each }) => longFlag(each))).toEqual([
    "--filename",
    "--kustomize",
    "--recursive",
    "--config",
    "--detach",
    "--wait",
    "--shell",
  ]);
});

describe("what counts", () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    writeFileSync(
      join(folder, "kubelane.yaml"),
      "offline: on\nrelays: off\ndns: { ttl: 7, zones: [a.test] }\n" +
        "run:\n  deploy/api: npm start\n  deploy/web: { command: a, env: { A: x, B: y } }\n",
    );
    writeFileSync(
      join(folder, "kubelane.local.yaml"),
      "dns: { zones: [mine.test] }\nattach:\nrun:\n  deploy/api: { env: { LOG: debug } }\n" +
        "  deploy/web:\n    env: { A: z, B: }\n",
    );
  });

  it("is the local file over the team's, merged at any depth, each with its place", async () => {
    const rows = await shown(folder);
    const of = (name: string) => rows.get(name)?.join(" ");
    expect(of("dns.ttl")).toBe("7 kubelane.yaml:3:8");
    expect(of("dns.zones")).toBe("mine.test kubelane.local.yaml:1:8");
    expect(of("run.deploy/api.command")).toBe("npm start kubelane.yaml:5:3");
    expect(of("run.deploy/api.env.LOG")).toBe("debug kubelane.local.yaml:4:24");
    expect(of("run.deploy/web.env.A")).toBe("z kubelane.local.yaml:6:12");
    expect(of("run.deploy/web.env.B")).toBeUndefined();
    expect(of("run.deploy/web.command")).toBe("a kubelane.yaml:6:17");
  });

  it("is the command line over both, for what is on in the file as well", async () => {
    const rows = await shown(folder, "--no-offline", "--relays", "--dns-ttl", "9");
    expect(rows.get("offline")).toEqual(["off", "--no-offline"]);
    expect(rows.get("relays")).toEqual(["on", "--relays"]);
    expect(rows.get("dns.ttl")).toEqual(["9", "--dns-ttl"]);
  });

  it("says what is wrong in the local file at its place there", async () => {
    const other = temporaryFolder();
    writeFileSync(join(other, "kubelane.yaml"), "dns: { ttl: 1 }\n");
    writeFileSync(join(other, "kubelane.local.yaml"), "\ndns: { tlt: 1 }\n");
    const { code, stderr } = await kubelane(["config", "view"], { cwd: other });
    expect(code).toBe(3);
    expect(stderr).toContain("kubelane.local.yaml:2:8: error");
    expect(stderr).toContain("did you mean ttl?");
  });
});

describe("a gateway that is asked for somewhere", () => {
  const context = { cwd: "/app" } as Parameters<typeof settingsInForce>[0];

  it.each([
    ["", {}, { host: "127.0.0.1", port: 8443 }],
    ["gateway: { listen: 3000 }", {}, "off"],
    ["gateway: { listen: 3000, https: 3443 }", {}, { host: "127.0.0.1", port: 3443 }],
    ["", { gateway: "3000" }, "off"],
  ])("%j and %j: TLS is at %j", (text, options, expected) => {
    const { config } = readLocalConfig(text, "/app/kubelane.yaml");
    const { values } = settingsInForce(context, { options }, config);
    expect(values["gateway.https"]).toEqual(expected);
  });
});

it.each([
  ["--gateway", "nowhere", '--gateway "nowhere" is no address to listen on'],
  ["--dns-ttl", "soon", '--dns-ttl "soon" is no number of seconds'],
  ["--mirror", "9", '--mirror "9" is no loopback mirror'],
  [
    "--api-server",
    "kubernetes:6443",
    '--api-server "kubernetes:6443" is no address of an API server',
  ],
  ["--timeout", "soon", '--timeout "soon" is no duration'],
  ["--dns-zone", "a..b", '--dns-zone "a..b" is no name of a zone'],
])("%s %s is refused", async (flag, word, message) => {
  const { code, stderr } = await kubelane(["config", "view", flag, word], { cwd: ROOT });
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});

it("prints the schema that the package has", async () => {
  const { stdout } = await kubelane(["config", "schema"]);
  expect(stdout).toBe(readFileSync(join(ROOT, "kubelane.schema.json"), "utf8"));
});
