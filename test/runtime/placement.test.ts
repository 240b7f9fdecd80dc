import { describe, expect, it } from "vitest";
import type { ContainerEntry, ImageEntry } from "../../src/manifests/local-config.ts";
import { entryOfAdded } from "../../src/runtime/placement.ts";

const position = { file: "kubelane.yaml", line: 1, column: 1 };

const program: ContainerEntry = {
  target: { namespace: undefined, kind: "Deployment", name: "web" },
  command: ["node", "server.js"],
  cwd: "/work",
  env: { OF_ENTRY: "1" },
  position,
};

const image: ImageEntry = {
  pattern: "busybox:*",
  command: ["busybox", "sh"],
  cwd: "/tools",
  env: {},
  position,
};

const ownImage: ContainerEntry = { ownImage: true, env: { OF_ENTRY: "1" } };

describe("a container that is added to a running pod", () => {
  it.each<[string, ContainerEntry, { image?: string; command?: string[] }, object]>([
    [
      "runs the program of its own command, beside processes",
      program,
      { image: "alpine:3", command: ["ls", "-l"] },
      { pattern: "alpine:3", command: ["ls"], cwd: "/work", env: {}, position },
    ],
    [
      "is a shell, beside processes and without a command",
      program,
      { image: "alpine:3" },
      { pattern: "alpine:3", command: ["sh"], cwd: "/work", env: {}, position },
    ],
    ["runs what stands for its image, beside processes", program, { image: "busybox:1" }, image],
    [
      "is a container of its own image, beside such containers",
      ownImage,
      { image: "alpine:3", command: ["ls"] },
      { ownImage: true, env: {} },
    ],
    ["runs what stands for its image, beside containers", ownImage, { image: "busybox:1" }, image],
  ])("%s", (_, beside, container, expected) => {
    const entries = new Map([["web", beside]]);
    expect(entryOfAdded({ name: "debugger", ...container }, entries, [image])).toEqual(expected);
  });
});
