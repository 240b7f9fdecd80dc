// biome-ignore-all lint/suspicious/noExplicitAny: answers of every kind are looked into.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEngine, type Engine } from "../../../src/engine/engine.ts";
import { ApiClient } from "../client.ts";
import { answerOf, ask } from "./exchange.mjs";
import { DEFINED, definition, EXCHANGES, type Exchange } from "./exchanges.mjs";

/** What kube-apiserver 1.36.3 answers: `record.mjs` asked it. */
const recorded = JSON.parse(
  gunzipSync(
    readFileSync(new URL("../../fixtures/api-server/custom-resources.json.gz", import.meta.url)),
  ).toString(),
);

let engine: Engine;
let api: ApiClient;

beforeAll(async () => {
  engine = createEngine();
  const bound = await engine.listen({ api: { listen: "127.0.0.1:0" } });
  api = new ApiClient(bound.api!);
  for (const exchange of DEFINED) await ask(send, exchange);
});

afterAll(() => engine.close());

const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
  api.call(path, {
    method,
    headers,
    ...(body !== undefined && { body, type: headers["content-type"]! }),
  });

/** Causes in one order; those of the parts that every object has are in words of our own. */
function comparable({ message: _, warnings, body: _text, ...answer }: any) {
  const isDefinition = /CustomResourceDefinition/.test(JSON.stringify(answer.kind ?? ""));
  const causes = answer.causes
    ?.map((cause: any) =>
      /^(metadata|spec\.v(ersions|alidation)|kind|status\.stored)/.test(cause.field)
        ? { field: "" }
        : cause,
    )
    .map((cause: object) => JSON.stringify(cause));
  // Without what is undefined.
  return JSON.parse(
    JSON.stringify({
      ...answer,
      ...(causes && { causes: [...new Set(causes)].sort() }),
      ...(isDefinition && { spec: undefined, status: undefined }),
      warnings: warnings ?? [],
    }),
  );
}

/** Where we answer otherwise, and why that serves as well. */
const DIFFERENT: readonly {
  readonly why: string;
  readonly here: object;
  is(exchange: Exchange, expected: any): boolean;
}[] = [
  {
    why: "a multiple of a fraction is refused there with a remark on the fraction",
    here: { code: 422, causes: [{ field: "spec.ratio" }] },
    is: ({ body }) => body?.spec?.ratio === 0,
  },
  {
    why: "a body of another kind is a bad request here, whatever the kind",
    here: { code: 400, reason: "BadRequest" },
    is: ({ body }) => body?.kind === "Other",
  },
  {
    why: "a path that leads nowhere is a Status here, a line of text there",
    here: { code: 404, reason: "NotFound" },
    is: ({ path }) => path.includes("/v1alpha1/"),
  },
  {
    why: "an apply with an unknown field fails there with an internal error",
    here: { code: 201, warnings: ['299 - "unknown field \\"spec.wrong\\""'] },
    is: ({ body }) => body?.spec?.wrong !== undefined,
  },
  {
    why: "what is refused comes without warnings",
    here: { code: 409, reason: "AlreadyExists" },
    is: (_, { code, warnings }) => code === 409 && warnings.length > 0,
  },
];

describe("custom resources, as kube-apiserver answers", () => {
  it("was asked the same", () => {
    expect(recorded.answers).toHaveLength(EXCHANGES.length);
  });

  // One after the other: some change what others read.
  for (const [index, exchange] of EXCHANGES.entries()) {
    const { method, path, body } = exchange;
    const shown = JSON.stringify(body?.spec ?? {}).slice(0, 80);
    it(`${index} ${method} ${path} ${shown}`, async () => {
      const actual = answerOf(await ask(send, exchange));
      const difference = DIFFERENT.find((each) => each.is(exchange, recorded.answers[index]));
      if (difference === undefined)
        expect(comparable(actual)).toEqual(comparable(recorded.answers[index]));
      else expect(actual).toMatchObject(difference.here);
    });
  }
});

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

describe("a definition", () => {
  it("is established at once, with the names that it leaves out", async () => {
    const { body } = await api.call(`${DEFINITIONS}/sizes.test.example.com`);
    expect(body.spec.names).toMatchObject({ singular: "size", listKind: "SizeList" });
    expect(body.spec.conversion).toEqual({ strategy: "None" });
    expect(body.status).toMatchObject({
      acceptedNames: body.spec.names,
      storedVersions: ["v1"],
      conditions: [
        { type: "NamesAccepted", status: "True", reason: "NoConflicts" },
        { type: "Established", status: "True", reason: "InitialNamesAccepted" },
      ],
    });
  });

  it("is found in discovery with its subresources, short names and categories", async () => {
    const { body } = await api.call("/apis/test.example.com/v1");
    const entries = body.resources.filter(({ name }: any) => name.startsWith("sizes"));
    expect(entries).toMatchObject([
      { name: "sizes", shortNames: ["sz"], categories: ["all", "mine"], kind: "Size" },
      { name: "sizes/status", kind: "Size" },
      { name: "sizes/scale", kind: "Scale", group: "autoscaling" },
    ]);
  });

  it("may describe a kind that is built in, which stays what it is", async () => {
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: {
        name: "gatewayclasses.gateway.networking.k8s.io",
        annotations: {
          "api-approved.kubernetes.io": "https://example.com/1",
          "gateway.networking.k8s.io/bundle-version": "v1.6.3",
          "gateway.networking.k8s.io/channel": "standard",
        },
      },
      spec: {
        group: "gateway.networking.k8s.io",
        scope: "Cluster",
        names: { plural: "gatewayclasses", kind: "GatewayClass" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: "object" } },
          },
        ],
      },
    };
    expect((await api.post(DEFINITIONS, definition)).status).toBe(201);
    const { body } = await api.call(`${DEFINITIONS}/${definition.metadata.name}`);
    expect(body.metadata.annotations).toEqual(definition.metadata.annotations);
    expect(body.status.conditions.map(({ type }: any) => type)).toEqual([
      "KubernetesAPIApprovalPolicyConformant",
      "NamesAccepted",
      "Established",
    ]);
    const path = "/apis/gateway.networking.k8s.io/v1/gatewayclasses";
    const gatewayClass = { metadata: { name: "mine" }, spec: { controllerName: "a.example/b" } };
    expect((await api.post(path, gatewayClass)).body.spec).toEqual(gatewayClass.spec);
    await api.delete(`${DEFINITIONS}/${definition.metadata.name}`);
    expect((await api.call(`${path}/mine`)).status).toBe(200);
  });

  it("says which rules are not evaluated", async () => {
    const rule = "self.size() > 0 && semver('1.0.0').major() == 1";
    const schema = {
      type: "object",
      properties: { a: { type: "string", "x-kubernetes-validations": [{ rule }] } },
    };
    const versions = [
      { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } },
    ];
    const answer = await api.post(DEFINITIONS, definition("unknowns", "Unknown", versions));
    expect(answer.status).toBe(201);
    expect(answer.headers["warning"]).toContain("kubelane does not evaluate this rule");
  });

  it("that asks for a conversion webhook is taken, and the client warned", async () => {
    const schema = { openAPIV3Schema: { type: "object" } };
    const versions = [{ name: "v1", served: true, storage: true, schema }];
    const conversion = {
      strategy: "Webhook",
      webhook: { conversionReviewVersions: ["v1"], clientConfig: { url: "https://a.b/" } },
    };
    const { status, headers } = await api.post(
      DEFINITIONS,
      definition("hooks", "Hook", versions, { conversion }),
    );
    expect(status).toBe(201);
    expect(headers["warning"]).toContain("no webhook is called");
  });

  it("takes its objects with it", async () => {
    const path = "/apis/test.example.com/v1/globals";
    expect((await api.post(path, { metadata: { name: "last" } })).status).toBe(201);
    await api.delete(`${DEFINITIONS}/globals.test.example.com`);
    expect((await api.call(path)).status).toBe(404);
    expect(engine.store.list("Global.test.example.com")).toEqual([]);
  });
});
