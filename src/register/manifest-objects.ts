import { standardControllers } from "../controllers/standard.ts";
import { hook } from "../engine/in-process/hook.ts";
import { DEFAULT_SERVICE_RANGE } from "../net/address-pool.ts";
import { createFileSource } from "../sources/files.ts";
import { isUnread } from "../sources/path-findings.ts";
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
  const store = new Store({ controllers: standardControllers({ serviceRanges: SERVICE_RANGES }) });
  const source = createFileSource({ manifests: paths, cwd });
  const found = await source.start({ apply: (batch) => void store.apply(batch) });
  const unreadable = found.filter(isUnread);
  if (unreadable.length > 0) {
    throw new ManifestPathError(
      unreadable.map(({ position, message }) => `${position?.file}: ${message}`),
    );
  }
  return store;
}

/** Hooks this process with the Services of manifests. @throws ManifestPathError */
export async function hookManifests(
  paths: readonly string[],
  cwd: string,
  namespace: string,
): Promise<void> {
  const store = await loadManifests(paths, cwd);
  hook(createProgramView({ store, standpoint: { namespace }, addresses: "cluster" }));
}
