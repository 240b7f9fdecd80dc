import { EventEmitter, once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LocalConfigReading } from "../../src/manifests/read-local-config.ts";
import { findConfigFile, readConfigFile, watchConfigFile } from "../../src/sources/config-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubelane-config-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

test("the nearest config file upwards is found", async () => {
  await mkdir(join(folder, "a/b"), { recursive: true });
  expect(await findConfigFile(join(folder, "a/b"))).toBeUndefined();
  await writeFile(join(folder, "kubelane.yml"), "");
  expect(await findConfigFile(join(folder, "a/b"))).toBe(join(folder, "kubelane.yml"));
  await writeFile(join(folder, "a/kubelane.yaml"), "");
  expect(await findConfigFile(join(folder, "a/b"))).toBe(join(folder, "a/kubelane.yaml"));
});

test("paths in it are relative to its folder, positions to where the user is", async () => {
  await mkdir(join(folder, "a"));
  const path = join(folder, "a/kubelane.yaml");
  await writeFile(path, "manifests: k8s\nrun: { deploy/web: { command: ./serve, cwd: src } }\n");
  const { config, diagnostics } = await readConfigFile(path, folder);
  expect(diagnostics).toEqual([]);
  expect(config).toMatchObject({
    file: path,
    values: {
      manifests: [join(folder, "a/k8s")],
      run: [{ cwd: join(folder, "a/src"), position: { file: "a/kubelane.yaml", line: 2 } }],
    },
  });
});

test("a config file that is not there is a diagnostic", async () => {
  expect(await readConfigFile(join(folder, "kubelane.yaml"), folder)).toEqual({
    diagnostics: [expect.objectContaining({ rule: "file-unreadable" })],
  });
});

test("a change is told, a broken one without config, and one that changes nothing is not", async () => {
  const path = join(folder, "kubelane.yaml");
  await writeFile(path, "manifests: a\n");
  const events = new EventEmitter();
  const watcher = watchConfigFile({
    path,
    cwd: folder,
    onReading: (reading) => events.emit("reading", reading),
  });
  const next = async (text: string): Promise<LocalConfigReading> => {
    const happened = once(events, "reading");
    await writeFile(path, text);
    return (await happened)[0] as LocalConfigReading;
  };
  try {
    await watcher.ready;
    expect((await next("manifests: b\n")).config?.values.manifests).toEqual([join(folder, "b")]);
    const broken = await next("manifest: b\n");
    expect(broken.config).toBeUndefined();
    expect(broken.diagnostics[0]).toMatchObject({
      rule: "config-key",
      hint: expect.stringContaining("manifests"),
    });
    await writeFile(path, "manifest: b\n# comment\n");
    expect((await next("manifests: [c]\n")).config?.values.manifests).toEqual([join(folder, "c")]);
  } finally {
    await watcher.close();
  }
});
