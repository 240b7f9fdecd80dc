import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PageFolder } from "../support/executed-page.ts";
import { describeWith } from "../support/tools.ts";
import { PATIENCE } from "../support/up.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const page = readFileSync(resolve(ROOT, "docs/tasks/frameworks.md"), "utf8");

/** The rows of the page's first table, whose entries are executed here. */
const entries = new Map(
  page
    .slice(page.indexOf("| program |"), page.indexOf("| framework |"))
    .split("\n")
    .map((line) => /^\| (\w+) \| `deploy\/web: \{ (.*?) \}`/.exec(line))
    .flatMap((found) => (found === null ? [] : [[found[1]!.toLowerCase(), found[2]!] as const])),
);

/** Programs that answer with their name on $PORT. */
const PROGRAMS: Record<string, Record<string, string>> = {
  node: {
    "server.mjs": `import { createServer } from "node:http";
createServer((_, response) => response.end("node")).listen(process.env.PORT);`,
  },
  vite: { "index.html": "<p>vite</p>" },
  go: {
    "go.mod": "module web\n\ngo 1.20\n",
    "main.go": `package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "go") })
	http.ListenAndServe(":"+os.Getenv("PORT"), nil)
}
`,
  },
  python: { "index.html": "python" },
  java: {
    "Server.java": `import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

class Server {
  public static void main(String[] args) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(System.getenv("PORT"))), 0);
    server.createContext("/", exchange -> {
      exchange.sendResponseHeaders(200, 4);
      exchange.getResponseBody().write("java".getBytes());
      exchange.close();
    });
    server.start();
  }
}
`,
  },
};

const manifest = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers:
        - { name: web, image: registry.example/${name}:1, ports: [{ containerPort: 8000 }] }
---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ port: 80, targetPort: 8000 }] }
`;

describeWith(["go", "python3", "javac", "curl"], "a recipe for", () => {
  let folder: PageFolder;
  const names = Object.keys(PROGRAMS);

  beforeAll(async () => {
    folder = await PageFolder.make(resolve(ROOT, "dist/bin/kubelane.cjs"));
    const run = names.map((name) => `  deploy/${name}: { cwd: ${name}, ${entries.get(name)} }\n`);
    folder.write("kubelane.yaml", `manifests: [k8s/]\nrun:\n${run.join("")}`);
    for (const name of names) {
      folder.write(`k8s/${name}.yaml`, manifest(name));
      mkdirSync(join(folder.folder, name));
      for (const [file, text] of Object.entries(PROGRAMS[name] ?? {})) {
        writeFileSync(join(folder.folder, name, file), text);
      }
    }
    symlinkSync(join(ROOT, "node_modules"), join(folder.folder, "vite/node_modules"), "junction");
    await folder.run("kubelane up --detach");
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  it("each program that the page says is executed is here", () => {
    expect([...entries.keys()]).toEqual(names);
  });

  it.each(names)("%s answers by its Service's name", async (name) => {
    const ask = async () => (await folder.run(`curl http://${name}.localhost:8080/`)).printed;
    await expect.poll(ask, PATIENCE).toContain(name === "vite" ? "<p>vite</p>" : name);
  });
});
