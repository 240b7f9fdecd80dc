import { standardControllers } from "../controllers/standard.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { hook } from "../engine/in-process/hook.ts";
import { DEFAULT_SERVICE_RANGE } from "../net/address-pool.ts";
import { readManifestFile } from "../sources/manifest-file.ts";
import { listManifestFiles, parseManifestPath } from "../sources/manifest-paths.ts";
import type { Operation } from "../store/operation.ts";
import { Store } from "../store/store.ts";
import { ManifestPathError } from "./manifest-path-error.ts";
import { createProgramView } from "./program-view.ts";

/** kubeadm's for IPv4, kind's for IPv6: here nobody has to route them. */
const SERVICE_RANGES = [DEFAULT_SERVICE_RANGE, "fd00:10:96::/112"];

/**
 * A store with the objects of manifests, control loops included. Broken objects are left out; `kubelane check`
 * says what is wrong with them.
 * @param paths absolute: files, folders, globs.
 * @throws ManifestPathError
 */
async function loadManifests(paths: readonly string[], cwd: string): Promise<Store> {
  const unreadable: string[] = [];
  const operations: Operation[] = [];
  const note = (found: readonly Diagnostic[]) => {
    for (const { rule, message, position } of found) {
      if (rule === "file-unreadable") unreadable.push(`${position?.file}: ${message}`);
    }
  };
  for (const path of paths) {
    const { files, diagnostics } = await listManifestFiles(await parseManifestPath(path, cwd), cwd);
    note(diagnostics);
    for (const file of files) {
      const read = await readManifestFile(file, undefined, process.stdin);
      note(read.diagnostics);
      for (const { object } of read.objects) operations.push({ op: "put", object });
    }
  }
  if (unreadable.length > 0) throw new ManifestPathError(unreadable);
  const store = new Store({ controllers: standardControllers({ serviceRanges: SERVICE_RANGES }) });
  store.apply(operations);
  return store;
}

/** Hooks this process with the Services of manifests. @throws ManifestPathError */
export async function hookManifests(
  paths: readonly string[],
  cwd: string,
  namespace: string,
): Promise<void> {
  const store = await loadManifests(paths, cwd);
  hook(createProgramView({ store, namespace, view: "cluster" }));
}
