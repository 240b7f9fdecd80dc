import { afterAll, beforeAll, expect, it } from "vitest";
import { Terminal } from "../../support/tmux.ts";
import { type ServedApi, serveApi } from "./served-api.ts";

/**
 * k9s in a terminal. Its program takes minutes to build, so this runs by a command of its own only:
 *
 *   go install github.com/derailed/k9s@v0.50.16
 *   KUBELANE_TEST_K9S=$(go env GOPATH)/bin/k9s npx vitest run test/api/clients/k9s
 */
const K9S = process.env["KUBELANE_TEST_K9S"] ?? "";

let api: ServedApi;
beforeAll(async () => {
  api = await serveApi();
});
afterAll(() => api.close());

it("shows pods, a log, what describe says, and an object as YAML", async () => {
  const folder = api.kubeconfig.replace(/config$/, "");
  const env = { KUBECONFIG: api.kubeconfig, HOME: folder, XDG_CONFIG_HOME: folder, TERM: "screen" };
  const terminal = new Terminal(`${K9S} --command pods --splashless`, folder, env);
  try {
    await terminal.until(/web.*1\/1.*Running/);
    terminal.type("d");
    await terminal.until(/Describe\(default\/web\)[\s\S]*Name: +web/);
    terminal.type("Escape");
    await terminal.until(/Pods\(default\)/i);
    terminal.type("l");
    await terminal.until(/Logs\(default\/web[\s\S]*listening/);
    terminal.type("Escape");
    await terminal.until(/Pods\(default\)/i);
    terminal.type("y");
    await terminal.until(/YAML\(default\/web\)[\s\S]*apiVersion: v1/);
    terminal.type("Escape");
    await terminal.until(/Pods\(default\)/i);
    terminal.type(":", "services", "Enter");
    expect(await terminal.until(/kubernetes +ClusterIP/)).toContain("kubernetes");
  } finally {
    terminal.close();
  }
});
