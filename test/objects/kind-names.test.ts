import { describe, expect, test } from "vitest";
import { findKind, KIND_NAMES, kindWords, namesOfKind } from "../../src/objects/kind-names.ts";

test.each([
  ["po", "Pod"],
  ["pod", "Pod"],
  ["pods", "Pod"],
  ["Pod", "Pod"],
  ["PODS", "Pod"],
  ["deploy", "Deployment.apps"],
  ["deployment.apps", "Deployment.apps"],
  ["deployments.v1.apps", "Deployment.apps"],
  ["sts", "StatefulSet.apps"],
  ["svc", "Service"],
  ["ep", "Endpoints"],
  ["endpointslices", "EndpointSlice.discovery.k8s.io"],
  ["netpol", "NetworkPolicy.networking.k8s.io"],
  ["ingresses", "Ingress.networking.k8s.io"],
  ["crds", "CustomResourceDefinition.apiextensions.k8s.io"],
  ["cj", "CronJob.batch"],
  ["deployments.extensions", undefined],
  ["toString", undefined],
  ["", undefined],
])("%s is %s", (word, groupKind) => {
  expect(findKind(word)?.groupKind).toBe(groupKind);
});

describe("the table", () => {
  test("has no word for two kinds", () => {
    const words = kindWords();
    expect(words.filter((word, i) => words.indexOf(word) !== i && word !== "endpoints")).toEqual(
      [],
    );
  });

  test("finds each kind by each of its words and by its groupKind", () => {
    for (const names of KIND_NAMES) {
      expect(namesOfKind(names.groupKind)).toBe(names);
      for (const word of [names.resource, names.singular, ...names.shortNames, names.kind]) {
        expect(findKind(word), word).toBe(names);
      }
    }
  });
});
