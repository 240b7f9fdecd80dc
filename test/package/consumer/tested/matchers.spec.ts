import { expect, test } from "vitest";

const pod = { metadata: { labels: { app: "web" } } };

test("an object's labels match a selector", () => {
  expect(pod).toMatchSelector("app in (web, api)");
  expect(pod).not.toMatchSelector("app=db");
});

test("labels are valid", () => {
  expect(pod).toBeValidLabels();
});

test("manifests pass the check", () => {
  const service =
    "{ apiVersion: v1, kind: Service, metadata: { name: web }, spec: { ports: [{ port: 80 }] } }";
  expect(service).toPassCheck();
  expect(service.replace("port: 80", "port: eighty")).not.toPassCheck();
});
