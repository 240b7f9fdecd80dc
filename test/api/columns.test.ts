import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createEngine, type Engine } from "../../src/engine/engine.ts";
import { ApiClient } from "./client.ts";

/** What kube-apiserver 1.36.3 names the columns of each list; `*` marks those of `-o wide`. */
const RECORDED: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(import.meta.dirname, "columns.json"), "utf8"),
);

/** Kinds that nobody keeps on their own machine have name and age. */
const PLAIN: ReadonlySet<string> = new Set([
  "/api/v1/componentstatuses",
  "/apis/apiregistration.k8s.io/v1/apiservices",
  "/apis/certificates.k8s.io/v1/certificatesigningrequests",
  "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
  "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
  "/apis/resource.k8s.io/v1/resourceclaims",
  "/apis/resource.k8s.io/v1/resourceslices",
]);

let engine: Engine;
let client: ApiClient;

beforeAll(async () => {
  engine = createEngine();
  client = new ApiClient((await engine.listen({ api: { listen: "127.0.0.1:0" } })).api!);
});
afterAll(() => engine.close({ grace: 0 }));

it.each(Object.entries(RECORDED))("%s has the columns of a real server", async (path, recorded) => {
  const { body } = await client.call(path, {
    accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
  });
  const columns = body.columnDefinitions as readonly { name: string; priority: number }[];
  const own = columns.map(({ name, priority }) => `${name}${priority > 0 ? "*" : ""}`).join(" | ");
  expect(own).toBe(PLAIN.has(path) ? "Name | Age" : recorded);
});

it("fills in what a kind's objects say", async () => {
  const lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "leader" },
    spec: { holderIdentity: "me" },
  };
  const policy = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: "binding" },
    spec: { policyName: "policy", validationActions: ["Deny"], paramRef: { name: "p" } },
  };
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "binding" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
    subjects: [
      { kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" },
      { kind: "User", name: "v", apiGroup: "rbac.authorization.k8s.io" },
      { kind: "ServiceAccount", name: "s", namespace: "default" },
    ],
  };
  const row = async (path: string, object: object) => {
    expect((await client.post(path, object)).status).toBe(201);
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { body } = await client.call(path, { accept });
    return body.rows[0].cells;
  };
  const coordination = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
  expect(await row(coordination, lease)).toEqual(["leader", "me", expect.any(String)]);
  const admission = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";
  expect(await row(admission, policy)).toEqual(["binding", "policy", "*/p", expect.any(String)]);
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings";
  const age = expect.any(String);
  expect(await row(rbac, binding)).toEqual(["binding", "Role/r", age, "u, v", "", "default/s"]);
});
