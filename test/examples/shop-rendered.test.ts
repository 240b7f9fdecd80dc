import { resolve } from "node:path";
import { expect, it } from "vitest";
import { createEngine } from "../../src/engine/engine.ts";
import type { ManifestInput } from "../../src/manifests/manifest-input.ts";
import type { KubernetesObject } from "../../src/objects/object.ts";
import { describeWith } from "../support/tools.ts";

const SHOP = resolve(import.meta.dirname, "../../examples/shop");
const KINDS = ["Service", "Deployment.apps", "StatefulSet.apps", "Secret", "ConfigMap"];

/** What the manifests say of each object: what control loops add depends on nothing else. */
async function objectsOf(input: ManifestInput): Promise<Map<string, unknown>> {
  await using engine = createEngine();
  expect(await engine.load(input)).toEqual([]);
  const all = KINDS.flatMap((kind) => engine.store.list(kind) as readonly KubernetesObject[]);
  return new Map(
    all
      .filter(({ metadata }) => metadata.namespace === "shop")
      .map(({ kind, metadata, spec, ...rest }) => {
        const { data, stringData } = rest as Record<string, unknown>;
        return [`${kind} ${metadata.name}`, { labels: metadata.labels, spec, data, stringData }];
      }),
  );
}

const chart = { helm: `${SHOP}/chart`, release: "shop", namespace: "shop" };

describeWith(["kubectl", "helm"], "the shop as a kustomization and as a chart", () => {
  it("has the same objects as its manifests", async () => {
    const plain = await objectsOf(`${SHOP}/k8s`);
    expect(plain.size).toBe(14);
    expect(await objectsOf({ kustomize: `${SHOP}/kustomize/overlays/dev` })).toEqual(plain);
    expect(await objectsOf(chart)).toEqual(plain);
  });

  it("has two pods of each program by an overlay and by values", async () => {
    const replicas = Object.fromEntries(
      ["storefront", "orders", "catalog", "shipping"].map((name) => [name, { replicas: 2 }]),
    );
    const two = await objectsOf({ kustomize: `${SHOP}/kustomize/overlays/two` });
    expect(two.get("Deployment orders")).toMatchObject({ spec: { replicas: 2 } });
    expect(await objectsOf({ ...chart, set: { apps: replicas } })).toEqual(two);
  });
});
