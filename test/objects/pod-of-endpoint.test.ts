import { expect, it } from "vitest";
import { podOfEndpoint } from "../../src/objects/endpoint-slice.ts";

it.each([
  ["with all of its name", { kind: "Pod", namespace: "shop", name: "web-1" }, "shop/web-1"],
  ["in the slice's namespace unless it names one", { kind: "Pod", name: "web-1" }, "own/web-1"],
  ["of another kind", { kind: "Node", name: "n1" }, undefined],
  ["without a name", { kind: "Pod" }, undefined],
  ["that is missing", undefined, undefined],
])("the Pod of an endpoint with a reference %s", (_, targetRef, expected) => {
  const endpoint = { addresses: ["10.244.0.5"], ...(targetRef && { targetRef }) };
  const pod = podOfEndpoint(endpoint, "own");
  expect(pod && `${pod.namespace}/${pod.name}`).toBe(expected);
});
