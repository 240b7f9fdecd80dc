import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { readLocalConfig } from "../../src/manifests/read-local-config.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { kubelane } from "../support/terminal.ts";

const workload = (name: string, image: string, kind = "Deployment") =>
  `apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: "${image}" }] }
---
`;

function project(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const SHOP = {
  "k8s/web.yaml": workload("web", "registry.example/web:1"),
  "k8s/more/cart.yaml": workload("cart", "registry.example/shop-cart@sha256:1"),
  "k8s/db.yaml": workload("db", "postgres:16", "StatefulSet"),
  "web/package.json": '{ "scripts": { "dev": "vite", "start": "node ." } }',
  "services/cart/go.mod": "module cart\n",
  "node_modules/x/package.json": '{ "scripts": { "dev": "x" } }',
  "compose.yaml": "services: {}\n",
};

it("looks at what is not ignored, and takes no patch or values for a manifest", async () => {
  const folder = project({
    ...SHOP,
    ".gitignore": "rendered/\n",
    "rendered/all.yaml": workload("copy", "a"),
    "charts.d/values.yaml": "kind: small\napiVersion: 1\n",
  });
  const { code, stdout } = await kubelane(["init", "--dry-run"], { cwd: folder });
  expect(code).toBe(0);
  expect(stdout).not.toContain("copy");
  expect(stdout.match(/^ {2}- .*/gm)).toEqual(["  - k8s"]);
});

it("writes every workload, with what starts those that a project was found for", async () => {
  const folder = project(SHOP);
  const { code, stderr } = await kubelane(["init"], { cwd: folder });
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr:
      "wrote kubelane.yaml, kubelane.schema.json (by which editors complete it)\n" +
      "  kubelane.yaml has 3 workloads, 2 of them with a command that was guessed\n" +
      "  look through it, then: kubelane up\n",
  });
  const text = readFileSync(join(folder, "kubelane.yaml"), "utf8");
  expect(text.split("\n").slice(3, -4)).toEqual([
    "manifests:",
    "  - k8s",
    "  # compose.yaml is a compose file, and is not read",
    "",
    "# A process stands for each pod of these; $PORT is where it has to listen.",
    "run:",
    "  # sts/db: { command: …, cwd: . }   # postgres:16",
    "  deploy/cart: { command: go run ., cwd: services/cart }   # services/cart/go.mod",
    "  deploy/web: { command: npm run dev, cwd: web }   # web/package.json",
    "",
  ]);
  const { config, diagnostics } = readLocalConfig(text, join(folder, "kubelane.yaml"));
  expect(diagnostics).toEqual([]);
  expect(config?.values.run).toHaveLength(2);
});

it("overwrites nothing", async () => {
  const folder = project({ ...SHOP, "kubelane.yaml": "manifests: k8s\n" });
  const { code, stderr } = await kubelane(["init"], { cwd: folder });
  expect(code).toBe(1);
  expect(stderr).toContain("there is a kubelane.yaml here already, and it stays as it is");
  expect(readFileSync(join(folder, "kubelane.yaml"), "utf8")).toBe("manifests: k8s\n");
  expect(await kubelane(["init", "--dry-run"], { cwd: folder })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("deploy/web:"),
  });
});

it("says what to do where there is nothing", async () => {
  const folder = project({ "readme.md": "" });
  const { code, stderr } = await kubelane(["init"], { cwd: folder });
  expect(code).toBe(3);
  expect(stderr).toContain("no manifests, kustomization or chart is in this folder");
  expect(existsSync(join(folder, "kubelane.yaml"))).toBe(false);
});

it("takes the overlay for developers, and names the others", async () => {
  const folder = project({
    "deploy/base/kustomization.yaml": "resources: [web.yaml]\n",
    "deploy/base/web.yaml": workload("web", "web:1"),
    "deploy/overlays/prod/kustomization.yaml": "resources: [../../base]\n",
    "deploy/overlays/dev/kustomization.yaml": "resources: [../../base]\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 0.1.0\n",
  });
  const { stdout } = await kubelane(["init", "--dry-run"], { cwd: folder });
  expect(stdout).toContain(
    "manifests:\n" +
      "  - kustomize: deploy/overlays/dev\n" +
      "  # - kustomize: deploy/base\n" +
      "  # - kustomize: deploy/overlays/prod\n" +
      "  # - helm: ./chart\n",
  );
});

it("leads editors to the schema of the installed package, and makes git ignore the local file", async () => {
  const folder = project({
    ...SHOP,
    ".git/HEAD": "",
    ".gitignore": "dist",
    "node_modules/kubelane/kubelane.schema.json": "{}",
  });
  const { stderr } = await kubelane(["init"], { cwd: folder });
  expect(stderr).toContain("a line in .gitignore for kubelane.local.yaml");
  const [first] = readFileSync(join(folder, "kubelane.yaml"), "utf8").split("\n");
  expect(first).toBe(
    "# yaml-language-server: $schema=./node_modules/kubelane/kubelane.schema.json",
  );
  expect(existsSync(join(folder, "kubelane.schema.json"))).toBe(false);
  expect(readFileSync(join(folder, ".gitignore"), "utf8")).toBe("dist\nkubelane.local.yaml\n");
});

it("writes the schema beside it where no package is installed", async () => {
  const folder = project(SHOP);
  await kubelane(["init"], { cwd: folder });
  const [first = ""] = readFileSync(join(folder, "kubelane.yaml"), "utf8").split("\n");
  const [, path = ""] = first.split("$schema=");
  expect(JSON.parse(readFileSync(join(folder, path), "utf8"))).toHaveProperty("properties.run");
});
