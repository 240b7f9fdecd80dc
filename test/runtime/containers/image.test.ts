import { expect, test } from "vitest";
import { qualifiedReference, readImage } from "../../../src/runtime/containers/image.ts";

test.each([
  ["nginx", "docker.io/library/nginx"],
  ["nginx:1.27", "docker.io/library/nginx:1.27"],
  ["nginx@sha256:abc", "docker.io/library/nginx@sha256:abc"],
  ["bitnami/redis:7", "docker.io/bitnami/redis:7"],
  ["gcr.io/x/echo:1", "gcr.io/x/echo:1"],
  ["registry:5000/web", "registry:5000/web"],
  ["localhost/web", "localhost/web"],
])("%s is %s in full", (image, expected) => {
  expect(qualifiedReference(image)).toBe(expected);
});

test.each([
  ["sha256:abc SIGQUIT\n", "sha256:abc", "SIGQUIT"],
  ["sha256:abc INT\n", "sha256:abc", "SIGINT"],
  ["sha256:abc \n", "sha256:abc", "SIGTERM"],
  ["abc 3\n", "abc", "SIGTERM"],
  ["abc <no value>\n", "abc", "SIGTERM"],
])("an engine's answer %j means an image %s that ends by %s", (answer, id, stopSignal) => {
  expect(readImage(answer)).toEqual({ id, stopSignal });
});
