import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { DEFAULT_SERVICE_RANGE } from "../net/address-pool.ts";
import type { Operation } from "../store/operation.ts";
import { Store } from "../store/store.ts";
import { ManifestPathError } from "./manifest-path-error.ts";

/** kubeadm's for IPv4, kind's for IPv6: here nobody has to route them. */
const SERVICE_RANGES = [DEFAULT_SERVICE_RANGE, "fd00:10:96::/112"];

/**
 * A store with the objects of manifests, control loops included. Broken objects are left out; `kubelane check`
 * says what is wrong with them.
 * @param paths absolute: files, folders, globs.
 * @throws ManifestPathError
 */
export async function loadManifests(paths: readonly string[], cwd: string): Promise<Store> {
  // Programs that follow a running `up` never need these.
  const { listManifestFiles, parseManifestPath } = await import("../sources/manifest-paths.ts");
  const { readManifestFile } = await import("../sources/manifest-file.ts");
  const { standardControllers } = await import("../controllers/standard.ts");
  const unreadable: Diagnostic[] = [];
  const operations: Operation[] = [];
  const note = (found: readonly Diagnostic[]) =>
    unreadable.push(...found.filter(({ rule }) => rule === "file-unreadable"));
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
