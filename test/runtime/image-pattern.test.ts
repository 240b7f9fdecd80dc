import { expect, it } from "vitest";
import { entryForImage, imageMatches } from "../../src/runtime/image-pattern.ts";

it.each([
  ["nginx", "nginx", true],
  ["nginx", "nginx:1.27", true],
  ["nginx", "docker.io/library/nginx:1.27@sha256:abc", true],
  ["docker.io/library/nginx", "nginx:1.27", true],
  ["nginx:1.27", "nginx:1.27@sha256:abc", true],
  ["nginx:1.27", "nginx:1.28", false],
  ["nginx", "nginx-debug:1.27", false],
  ["nginx", "registry.test/nginx", false],
  ["*/nginx", "registry.test:5000/a/nginx:1", true],
  ["registry.test:5000/web", "registry.test:5000/web", true],
  ["registry.test", "registry.test:5000/web", false],
  ["registry.test/echo-*", "registry.test/echo-basic:v1", true],
  ["registry.test/echo-*", "registryXtest/echo-basic:v1", false],
  ["*", "anything/at:all", true],
])("%s means %s: %s", (pattern, image, expected) => {
  expect(imageMatches(pattern, image)).toBe(expected);
});

it("the first entry that means it is taken, and a container without an image has none", () => {
  const process = { command: "x", cwd: "/", env: {} };
  const position = { file: "kubelane.yaml", line: 1, column: 1 };
  const entries = ["web:2", "web", "*"].map((pattern) => ({ pattern, ...process, position }));
  expect(entryForImage(entries, "web:2")?.pattern).toBe("web:2");
  expect(entryForImage(entries, "web:1")?.pattern).toBe("web");
  expect(entryForImage(entries, undefined)).toBeUndefined();
});
