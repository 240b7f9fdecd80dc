import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { isManifestText } from "../../manifests/is-manifest.ts";
import { Ignored } from "../../sources/ignored.ts";
import { isManifestFolder, isManifestName } from "../../sources/manifest-names.ts";
import { isKustomizationName } from "../../sources/rendered/kustomization.ts";

/** How many levels of folders are searched. */
const MAX_DEPTH = 6;
/** Folders with dependencies or generated files, where no .gitignore says so. */
const SKIPPED: ReadonlySet<string> = new Set(["vendor", "dist", "build", "target", "venv"]);

/** The content of a project, by paths relative to its folder. */
export interface Surroundings {
  /** Folders with plain manifests. */
  readonly manifests: readonly string[];
  readonly kustomizations: readonly string[];
  readonly charts: readonly string[];
  readonly composeFiles: readonly string[];
  /** Folders with a program that can be started. */
  readonly projects: readonly Project[];
}

/** A folder with the source of a program, and how it is started, as far as that can be guessed. */
export interface Project {
  readonly folder: string;
  readonly name: string;
  /** Undefined: there is only a Dockerfile, which doesn't say enough. */
  readonly command: string | undefined;
  /** The file that says so. */
  readonly because: string;
}

export async function lookAround(root: string): Promise<Surroundings> {
  const found = {
    manifests: [] as string[],
    kustomizations: [] as string[],
    charts: [] as string[],
    composeFiles: [] as string[],
    projects: [] as Project[],
  };
  await walk(root, 0, await Ignored.at(root, [], root));
  return found;

  async function walk(folder: string, depth: number, above: Ignored): Promise<void> {
    const ignored = await above.within(folder);
    const entries = entriesOf(folder).filter(
      (entry) => !ignored.has(join(folder, entry.name), entry.isDirectory()),
    );
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    const shown = relative(root, folder) || ".";
    const project = projectIn(root, folder, files);
    if (project !== undefined) found.projects.push(project);
    for (const name of files.filter((each) => /^(?:docker-)?compose.*\.ya?ml$/.test(each))) {
      found.composeFiles.push(join(shown, name));
    }
    // Templates and patches are not manifests, even if they look like some.
    if (files.includes("Chart.yaml")) {
      found.charts.push(shown);
      return;
    }
    if (files.some(isKustomizationName)) found.kustomizations.push(shown);
    else if (
      files.some((name) => isManifestName(name) && isManifestText(textOf(join(folder, name))))
    )
      found.manifests.push(shown);
    if (depth === MAX_DEPTH) return;
    for (const entry of entries) {
      const { name } = entry;
      if (!entry.isDirectory() || !isManifestFolder(name) || SKIPPED.has(name)) continue;
      await walk(join(folder, name), depth + 1, ignored);
    }
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** Files that show how a program is started, the most reliable first. */
const STARTERS: readonly [file: string, command: (text: string) => string | undefined][] = [
  ["package.json", npmCommand],
  ["go.mod", () => "go run ."],
  ["Cargo.toml", () => "cargo run"],
  ["manage.py", () => "python manage.py runserver 127.0.0.1:$PORT"],
  ["pom.xml", (text) => (text.includes("spring-boot") ? "mvn spring-boot:run" : "mvn exec:java")],
  ["build.gradle", (text) => (text.includes("spring") ? "gradle bootRun" : "gradle run")],
  ["build.gradle.kts", (text) => (text.includes("spring") ? "gradle bootRun" : "gradle run")],
  ["main.py", () => "python main.py"],
  ["app.py", () => "python app.py"],
  ["server.js", () => "node server.js"],
  ["server.mjs", () => "node server.mjs"],
  ["Dockerfile", () => undefined],
];

function projectIn(root: string, folder: string, files: readonly string[]): Project | undefined {
  for (const [file, commandOf] of STARTERS) {
    if (!files.includes(file)) continue;
    const command = commandOf(textOf(join(folder, file)));
    if (command === undefined && file !== "Dockerfile") continue;
    const shown = relative(root, folder);
    return {
      folder: shown === "" ? "." : shown,
      name: basename(folder),
      command,
      because: join(shown, file),
    };
  }
  return undefined;
}

function npmCommand(text: string): string | undefined {
  try {
    const { scripts = {} } = JSON.parse(text);
    return "dev" in scripts ? "npm run dev" : "start" in scripts ? "npm start" : undefined;
  } catch {
    return undefined;
  }
}
