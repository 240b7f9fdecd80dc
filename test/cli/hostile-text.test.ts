import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubelane } from "../support/terminal.ts";

/** What renames a window, moves the cursor, erases, hides, goes back and rings; in both sets of control characters. */
const HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[1A\x9b2K\x85\b\r\x7fend";
const QUOTED = JSON.stringify(HOSTILE).replace(
  /[\x7f-\x9f]/g,
  (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
);

/** A workload whose every free text is hostile, and things that are refused for it. */
const MANIFESTS = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop, annotations: { note: ${QUOTED} } }
spec: { type: ExternalName, externalName: ${QUOTED} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop, annotations: { note: ${QUOTED} }, labels: { app: ${QUOTED} } }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - { name: main, image: ${QUOTED}, command: [${QUOTED}], env: [{ name: A, value: ${QUOTED} }] }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: conf, namespace: shop }
data: { text: ${QUOTED} }
---
apiVersion: v1
kind: Event
metadata: { name: e, namespace: shop }
involvedObject: { kind: Pod, name: ${QUOTED} }
message: ${QUOTED}
reason: ${QUOTED}
type: Warning
---
apiVersion: v1
kind: ${QUOTED}
metadata: { name: ${QUOTED} }
---
apiVersion: v1
kind: Node
metadata: { name: n }
status: { nodeInfo: { osImage: ${QUOTED}, kernelVersion: ${QUOTED} }, addresses: [{ type: InternalIP, address: ${QUOTED} }] }
`;

let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kubelane-hostile-"));
  file = join(folder, "all.yaml");
  writeFileSync(file, MANIFESTS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Everything that a terminal would obey; colours that are kubelane's own are off. */
const obeyed = (text: string) => text.match(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g) ?? [];

const KINDS = "deployments,services,configmaps,events,nodes,pods,replicasets";
const LABELS = JSON.stringify({ app: HOSTILE });

describe("text from outside does nothing to a terminal", () => {
  it.each<[string, readonly string[], string?]>([
    ...["table", "wide", "yaml", "json", "name"].map((output): [string, string[]] => [
      `get -o ${output}`,
      ["get", KINDS, "-A", "--show-labels", "-L", "app", "-o", output, "-f", "FILE"],
    ]),
    ["get of what there is not", ["get", "pods", HOSTILE, "-f", "FILE"]],
    ["describe deployment", ["describe", "deployment/web", "-n", "shop", "-f", "FILE"]],
    ["describe service", ["describe", "service/web", "-n", "shop", "-f", "FILE"]],
    ["describe node", ["describe", "node/n", "-f", "FILE"]],
    ...["text", "json", "sarif", "github"].map((output): [string, string[]] => [
      `check -o ${output}`,
      ["check", "FILE", "-o", output],
    ]),
    ["check of what there is not", ["check", `${HOSTILE}.yaml`]],
    ["match", ["match", "app=web", `app=${HOSTILE}`]],
    ["match --explain", ["match", "app=web", `app=${HOSTILE}`, "--explain"]],
    ["match of a selector that is none", ["match", HOSTILE, "app=web"]],
    ["match of manifests", ["match", "app!=web", "-f", "FILE"]],
    ["match of manifests --explain", ["match", "app=wbe", "-f", "FILE", "--explain"]],
    ["match of lines", ["match", "app!=web"], `${LABELS.replaceAll("\\u007f", "\x7f")}\n`],
    ["match of lines, none", ["match", "app=end"], `{"app":"en\x9bd"}\n`],
    ["resolve", ["resolve", "web.shop", "-f", "FILE"]],
    ["resolve --explain", ["resolve", "web.shop", "--explain", "-f", "FILE"]],
    ["resolve -o json", ["resolve", "web.shop", "-o", "json", "-f", "FILE"]],
    ["trace", ["trace", "web.shop", "-f", "FILE"]],
    ["trace -o json", ["trace", "web.shop", "-o", "json", "-f", "FILE"]],
    ["an option that is none", [`--${HOSTILE}`]],
    ["a command that is none", [HOSTILE]],
  ])("%s", async (_, words, input) => {
    const argv = words.map((word) => (word === "FILE" ? file : word));
    const { stdout, stderr } = await kubelane(argv, {
      cwd: folder,
      ...(input !== undefined && { input }),
    });
    expect(stdout + stderr).not.toBe("");
    expect([obeyed(stdout), obeyed(stderr)]).toEqual([[], []]);
  });

  it("and is still what it was in JSON", async () => {
    const { stdout } = await kubelane([
      "get",
      "configmap",
      "conf",
      "-n",
      "shop",
      "-o",
      "json",
      "-f",
      file,
    ]);
    expect(JSON.parse(stdout).data.text).toBe(HOSTILE);
  });
});
