import { describe, expect, test } from "vitest";
import {
  findResource,
  isClusterScoped,
  RESOURCES,
  resourceOf,
  resourceOfKind,
} from "../../src/objects/resource.ts";

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
  expect(findResource(word)?.groupKind).toBe(groupKind);
});

describe("the table", () => {
  test("finds each kind by each of its words, the first of the table where two share one", () => {
    for (const resource of RESOURCES) {
      const { groupKind, plural, singular, shortNames } = resource;
      expect(resourceOfKind(groupKind)?.groupKind).toBe(groupKind);
      for (const word of [plural, singular, ...shortNames]) {
        expect(findResource(word), word).toBe(
          RESOURCES.find((other) =>
            [other.plural, other.singular, ...other.shortNames].includes(word),
          ),
        );
      }
    }
  });

  test("has each version of a kind once, the preferred one first", () => {
    const names = RESOURCES.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`);
    expect(new Set(names).size).toBe(names.length);
    expect(resourceOfKind("HorizontalPodAutoscaler.autoscaling")?.apiVersion).toBe(
      "autoscaling/v2",
    );
    expect(resourceOf("autoscaling/v1", "HorizontalPodAutoscaler")?.version).toBe("v1");
    expect(resourceOf("apps/v1beta1", "Deployment")).toBeUndefined();
  });

  test("knows which kinds have a namespace, and what can be done with them", () => {
    expect(isClusterScoped("Node")).toBe(true);
    expect(isClusterScoped("GatewayClass.gateway.networking.k8s.io")).toBe(true);
    expect(isClusterScoped("Pod")).toBe(false);
    expect(isClusterScoped("Widget.example.com")).toBe(false);
    const scale = resourceOf("apps/v1", "Deployment")?.subresources.find(
      ({ name }) => name === "scale",
    );
    expect(scale).toEqual({
      name: "scale",
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      verbs: ["get", "patch", "update"],
    });
  });
});
