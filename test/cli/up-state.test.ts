import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readYamlValue } from "../../src/manifests/yaml-text.ts";
import { ApiClient } from "../api/client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { RunningUp } from "../support/up.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";
const FLAGS = ["--dns", "off", "--gateway", "off", "--no-relays", "--api", "127.0.0.1:0"];

async function start(folder: string): Promise<{ up: RunningUp; api: ApiClient }> {
  const up = new RunningUp(FLAGS, { cwd: folder });
  await up.until(({ stderr }) => stderr.includes("ready after"));
  const { stdout } = await up.command("kubeconfig");
  const { clusters, users } = readYamlValue(stdout).value as {
    readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[];
    readonly users: readonly { readonly user: { readonly token: string } }[];
  };
  const { server = "", "certificate-authority-data": ca = "" } = clusters[0]!.cluster;
  const { hostname: host, port } = new URL(server);
  const { token } = users[0]!.user;
  const address = { host, port: Number(port), token, ca: Buffer.from(ca, "base64").toString() };
  return { up, api: new ApiClient(address) };
}

it("keeps what was made through the API over the end of an up, however it ends, and marks what differs from its file", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "kubelane.yaml"), "manifests: [all.yaml]\nstate: kept\n");
  writeFileSync(
    join(folder, "all.yaml"),
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: of-file}\ndata: {value: file}\n",
  );
  const first = await start(folder);
  try {
    const body = { metadata: { name: "of-api" }, data: { value: "api" } };
    expect((await first.api.post(MAPS, body)).status).toBe(201);
    await first.api.patch(`${MAPS}/of-file`, "merge-patch+json", { data: { value: "other" } });
    const { stdout, stderr } = await first.up.command("get", "configmaps");
    expect(stdout).toMatch(/of-api.*\n.*of-file/);
    expect(stderr).toBe(
      "note: ConfigMap default/of-file was changed through the API, until all.yaml changes\n",
    );
    expect((await first.up.command("get", "services")).stderr).not.toContain("of-file");
    const ofFile = await first.up.command("describe", "configmap/of-file");
    expect(ofFile.stdout).toMatch(/origin\n {2}all\.yaml:1:1, changed through the API by \S+ at /);
    const ofApi = await first.up.command("describe", "configmap/of-api");
    expect(ofApi.stdout).toContain(
      "origin\n  made through the API; kept in the folder of --state\n",
    );
    first.up.process.kill("SIGKILL");
  } finally {
    await first.up.stop("SIGKILL");
  }
  appendFileSync(join(folder, "kept/objects.jsonl"), "12345678 {");
  const second = await start(folder);
  try {
    expect(second.up.stderr).toContain("kept/objects.jsonl: the last record has no end");
    expect((await second.api.call(`${MAPS}/of-api`)).body.data).toEqual({ value: "api" });
    expect((await second.api.call(`${MAPS}/of-file`)).body.data).toEqual({ value: "file" });
    const third = new RunningUp(FLAGS, { cwd: folder });
    await expect(third.until(() => false)).rejects.toThrow(/kept is in use by process \d+/);
    expect(await third.stop()).toBe(3);
  } finally {
    await second.up.stop();
  }
});
