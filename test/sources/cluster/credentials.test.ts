import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  CredentialSource,
  CredentialsError,
  readExecCredential,
  runPlugin,
} from "../../../src/sources/cluster/credentials.ts";
import type {
  ClusterEntry,
  ExecPlugin,
  UserEntry,
} from "../../../src/sources/cluster/kubeconfig.ts";

const cluster: ClusterEntry = {
  name: "c",
  server: new URL("https://c.test:6443"),
  insecureSkipTlsVerify: false,
  source: { server: "https://c.test:6443", "tls-server-name": "c" },
};
const VERSION = "client.authentication.k8s.io/v1";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-credentials-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sourceOf = (user: Omit<UserEntry, "name">, more: object = {}) =>
  new CredentialSource({
    user: { name: "u", ...user },
    cluster,
    env: process.env,
    now: Date.now,
    ...more,
  });

describe("credentials", () => {
  it.each<[Omit<UserEntry, "name">, Record<string, unknown>]>([
    [{ token: "t" }, { authorization: "Bearer t" }],
    [{ basic: { username: "a", password: "b" } }, { authorization: "Basic YTpi" }],
    [{}, {}],
    [
      { token: "t", impersonate: { user: "x", groups: ["g", "h"], extra: { "a/b": ["1"] } } },
      {
        authorization: "Bearer t",
        "impersonate-user": "x",
        "impersonate-group": ["g", "h"],
        "impersonate-extra-a%2Fb": ["1"],
      },
    ],
  ])("of %j are the headers %j", async (user, headers) => {
    expect((await sourceOf(user).get()).headers).toEqual(headers);
  });

  it("in a file are read anew after a while, and kept until then", async () => {
    const tokenFile = join(folder, "token");
    let now = 0;
    const source = sourceOf({ tokenFile }, { now: () => now });
    const token = async () => (await source.get()).headers["authorization"];
    await expect(source.get()).rejects.toThrow(CredentialsError);
    writeFileSync(tokenFile, "one\n");
    expect(await token()).toBe("Bearer one");
    writeFileSync(tokenFile, "two\n");
    expect(await token()).toBe("Bearer one");
    now += 61_000;
    expect(await token()).toBe("Bearer two");
    writeFileSync(tokenFile, "three\n");
    source.refused(await source.get());
    expect(await token()).toBe("Bearer three");
  });

  it("fall back to the token beside a file that can't be read", async () => {
    const source = sourceOf({ tokenFile: join(folder, "none"), token: "spare" });
    expect((await source.get()).headers).toEqual({ authorization: "Bearer spare" });
  });

  it("of a plugin are asked for once at a time, kept until they expire, and renewed when refused", async () => {
    let runs = 0;
    let now = 0;
    const plugin = { exec: {} as ExecPlugin };
    const source = sourceOf(plugin, {
      now: () => now,
      runPlugin: async () => ({
        credentials: { headers: { run: String(++runs) } },
        until: now + 1000,
      }),
    });
    await Promise.all([source.get(), source.get(), source.get()]);
    expect(runs).toBe(1);
    now += 999;
    await source.get();
    expect(runs).toBe(1);
    now += 1;
    const second = await source.get();
    expect(runs).toBe(2);
    source.refused(second);
    source.refused(second);
    await source.get();
    expect(runs).toBe(3);
    expect([source.renewable, sourceOf({ token: "t" }).renewable]).toEqual([true, false]);
  });
});

describe("a credential plugin", () => {
  const plugin = (script: string, more: Partial<ExecPlugin> = {}): ExecPlugin => ({
    apiVersion: VERSION,
    command: process.execPath,
    args: ["-e", script],
    env: { WHO: "me" },
    provideClusterInfo: true,
    interactive: false,
    ...more,
  });
  const answer = (status: object) =>
    JSON.stringify({ kind: "ExecCredential", apiVersion: VERSION, status });

  it("gets the request in its environment, and answers on its output", async () => {
    const script = `
      const { spec, kind } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
      const token = [process.env.WHO, kind, spec.cluster.server, spec.interactive].join(" ");
      console.log(JSON.stringify({ kind, apiVersion: "${VERSION}", status: { token, expirationTimestamp: "2026-11-28T00:00:00Z" } }));`;
    const { credentials, until } = await runPlugin(plugin(script), cluster, process.env);
    expect(credentials.headers).toEqual({
      authorization: "Bearer me ExecCredential https://c.test:6443 false",
    });
    expect(until).toBe(Date.parse("2026-11-28T00:00:00Z"));
  });

  it.each<[string, ExecPlugin, string]>([
    [
      "that fails says why",
      plugin("console.error('not logged in'); process.exit(1)"),
      "not logged in",
    ],
    [
      "that is not there is told with how to install it",
      plugin("", { command: "no-such-login", installHint: "get it there" }),
      "there is no program no-such-login\nget it there",
    ],
    [
      "that needs a terminal is not started",
      plugin("", { interactive: true }),
      "asks for a terminal",
    ],
  ])("%s", async (_, exec, why) => {
    await expect(runPlugin(exec, cluster, process.env)).rejects.toThrow(CredentialsError);
    await expect(runPlugin(exec, cluster, process.env)).rejects.toThrow(why);
  });

  it.each([
    ["no JSON", "nonsense", "printed no JSON"],
    ["another kind", JSON.stringify({ kind: "X", apiVersion: VERSION }), "answered with X"],
    ["nothing", answer({}), "neither a token nor a client certificate"],
    ["half a certificate", answer({ clientCertificateData: "x" }), "half a client certificate"],
  ])("that answers with %s is refused", (_, output, why) => {
    expect(() => readExecCredential("login", VERSION, output)).toThrow(why);
  });

  it("may answer with a client certificate", () => {
    const { credentials, until } = readExecCredential(
      "login",
      VERSION,
      answer({ clientCertificateData: "c", clientKeyData: "k" }),
    );
    expect([credentials.certificate, credentials.headers, until]).toEqual([
      { cert: "c", key: "k" },
      {},
      Number.POSITIVE_INFINITY,
    ]);
  });
});
