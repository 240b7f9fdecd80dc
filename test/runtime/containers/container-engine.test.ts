import { describe, expect, it } from "vitest";
import type { ContainerMode } from "../../../src/manifests/local-config.ts";
import { containerEngine } from "../../../src/runtime/containers/container-engine.ts";

const having =
  (...programs: string[]) =>
  (name: string) =>
    programs.includes(name) ? `/usr/bin/${name}` : undefined;

describe("the engine that runs containers", () => {
  it.each<[ContainerMode, string[], string]>([
    ["off", ["podman", "docker"], "podman"],
    ["auto", ["docker", "podman"], "podman"],
    ["auto", ["docker"], "docker"],
    ["docker", ["docker", "podman"], "docker"],
    ["podman", ["podman"], "podman"],
  ])("with %s, of %j, is %s", (mode, programs, name) => {
    expect(containerEngine(mode, having(...programs))).toEqual({
      name,
      program: `/usr/bin/${name}`,
    });
  });

  it.each<[ContainerMode, string[], RegExp]>([
    ["auto", [], /^neither podman nor docker is installed, .*; or name a `command` or a `stub`/],
    ["docker", ["podman"], /^docker is not installed, and `containers: docker` asks for it/],
    ["podman", ["docker"], /^podman is not installed, and `containers: podman` asks for it/],
  ])("with %s, of %j, is none, which is said with what to do", (mode, programs, message) => {
    expect(() => containerEngine(mode, having(...programs))).toThrow(message);
  });
});
