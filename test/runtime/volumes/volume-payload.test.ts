import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "../../../src/objects/object.ts";
import type { Volume } from "../../../src/objects/tables/kinds.ts";
import { payloadOf } from "../../../src/runtime/volumes/volume-payload.ts";
import { Store } from "../../../src/store/store.ts";
import { podNamed } from "../harness.ts";

const store = new Store();
const named = (name: string) => ({ apiVersion: "v1", metadata: { name, namespace: "default" } });
store.apply(
  [
    {
      ...named("settings"),
      kind: "ConfigMap",
      data: { a: "A", b: "B" },
      binaryData: { raw: "/wA=" },
    },
    {
      ...named("certs"),
      kind: "Secret",
      data: { key: "c2VjcmV0", both: "eA==" },
      stringData: { both: "y" },
    },
  ].map((object) => ({ op: "put", object: object as KubernetesObject })),
);

const pod = {
  ...podNamed("web-0", {
    serviceAccountName: "robot",
    containers: [{ name: "main", resources: { limits: { cpu: "1500m" } } }],
  }),
  metadata: {
    name: "web-0",
    namespace: "default",
    uid: "u-1",
    labels: { tier: "back", app: 'we"b' },
    annotations: { note: "two\nlines" },
  },
};

const input = {
  pod,
  podIP: "10.0.0.1",
  hostIP: "127.0.0.1",
  nodeName: "local",
  store,
  apiToken: undefined,
};

const filesOf = (volume: Omit<Volume, "name">, more = {}) => {
  const payload = payloadOf({ name: "v", ...volume }, { ...input, ...more });
  return Object.fromEntries(
    [...(payload ?? [])].map(([path, { data, mode }]) => [
      path,
      `${data.toString("latin1")} ${mode.toString(8)}`,
    ]),
  );
};

describe("the files of a volume", () => {
  it.each<[string, Omit<Volume, "name">, Record<string, string>]>([
    [
      "every key of a ConfigMap, bytes too",
      { configMap: { name: "settings" } },
      { a: "A 644", b: "B 644", raw: "\xff\0 644" },
    ],
    [
      "every key of a Secret, stringData over data",
      { secret: { secretName: "certs", defaultMode: 0o400 } },
      { key: "secret 400", both: "y 400" },
    ],
    [
      "chosen keys under other paths",
      { configMap: { name: "settings", items: [{ key: "a", path: "x/y", mode: 0o600 }] } },
      { "x/y": "A 600" },
    ],
    [
      "nothing of what is optional and missing",
      { secret: { secretName: "none", optional: true } },
      {},
    ],
    [
      "nothing of an optional key",
      { configMap: { name: "settings", optional: true, items: [{ key: "z", path: "z" }] } },
      {},
    ],
    [
      "fields of the pod",
      {
        downwardAPI: {
          items: [
            { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
            { path: "annotations", fieldRef: { fieldPath: "metadata.annotations" } },
            { path: "name", fieldRef: { fieldPath: "metadata.name" } },
            { path: "cpu", resourceFieldRef: { containerName: "main", resource: "limits.cpu" } },
          ],
        },
      },
      {
        labels: 'app="we\\"b"\ntier="back" 644',
        annotations: 'note="two\\nlines" 644',
        name: "web-0 644",
        cpu: "2 644",
      },
    ],
    [
      "several sources in one folder",
      {
        projected: {
          defaultMode: 0o440,
          sources: [
            { configMap: { name: "settings", items: [{ key: "a", path: "a" }] } },
            { secret: { name: "certs", items: [{ key: "key", path: "k" }] } },
          ],
        },
      },
      { a: "A 440", k: "secret 440" },
    ],
  ])("are %s", (_, volume, expected) => {
    expect(filesOf(volume)).toEqual(expected);
  });

  it.each<[string, Omit<Volume, "name">]>([
    ["ConfigMap default/none not found", { configMap: { name: "none" } }],
    ["Secret default/none not found", { secret: { secretName: "none" } }],
    [
      'no key "z" in Secret default/certs',
      { secret: { secretName: "certs", items: [{ key: "z", path: "z" }] } },
    ],
    [
      'no container "other" to refer to',
      {
        downwardAPI: {
          items: [
            { path: "x", resourceFieldRef: { containerName: "other", resource: "limits.cpu" } },
          ],
        },
      },
    ],
    [
      'no pod has a field "spec.color" to refer to',
      { downwardAPI: { items: [{ path: "x", fieldRef: { fieldPath: "spec.color" } }] } },
    ],
    [
      '"../../etc/passwd" is no path inside a volume',
      { configMap: { name: "settings", items: [{ key: "a", path: "../../etc/passwd" }] } },
    ],
    [
      '"/etc/passwd" is no path inside a volume',
      { configMap: { name: "settings", items: [{ key: "a", path: "/etc/passwd" }] } },
    ],
    [
      '"..data" is no path inside a volume',
      { configMap: { name: "settings", items: [{ key: "a", path: "..data" }] } },
    ],
  ])("are refused: %s", (message, volume) => {
    expect(() => filesOf(volume)).toThrow(message);
  });

  it.each<Omit<Volume, "name">>([{ emptyDir: {} }, { hostPath: { path: "/" } }])(
    "are a program's own in %j",
    (volume) => {
      expect(payloadOf({ name: "v", ...volume }, input)).toBeUndefined();
    },
  );
});

describe("a token of the API", () => {
  const sources = [
    { serviceAccountToken: { path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
  ];

  it("is there where an API server runs, with its certificate", () => {
    expect(() => filesOf({ projected: { sources } }, { apiToken: "t" })).toThrow(
      "kube-root-ca.crt not found",
    );
    const [token] = sources;
    expect(filesOf({ projected: { sources: [token!] } }, { apiToken: "t" })).toEqual({
      token: "t 644",
    });
  });

  it("is left out where none runs, and nothing waits for the certificate", () => {
    expect(filesOf({ projected: { sources } })).toEqual({});
  });
});
