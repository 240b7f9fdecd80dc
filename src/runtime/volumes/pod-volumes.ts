import { mkdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import type { Mount } from "../../network/mount.ts";
import type { StringMap } from "../../objects/object.ts";
import type { Container, Pod } from "../../objects/pod.ts";
import type { Volume, VolumeMount } from "../../objects/tables/kinds.ts";
import type { PodFacts } from "../field-reference.ts";
import { LaunchProblem } from "../launch-problem.ts";
import { expandVariables } from "../variable-expansion.ts";
import { ACCESS_PATH, ACCESS_VOLUME, accessVolume } from "./access-volume.ts";
import { makeShared } from "./make-shared.ts";
import type { VolumeFolders } from "./volume-folders.ts";
import {
  MissingReference,
  type PayloadInput,
  payloadOf,
  referencesOf,
  tellsOfPod,
} from "./volume-payload.ts";
import { writePayload } from "./write-payload.ts";

/** The volumes of one pod, as folders on this machine's disk. */
export class PodVolumes {
  readonly #facts: PodFacts;
  readonly #folders: VolumeFolders;
  readonly #volumes: readonly Volume[];
  /** Made for the first container with a volume mount. */
  #folder: string | undefined;
  /** The files written last, by volume. */
  readonly #written = new Map<string, string>();

  constructor(facts: PodFacts, folders: VolumeFolders) {
    this.#facts = facts;
    this.#folders = folders;
    const access =
      folders.apiToken === undefined ? undefined : accessVolume(facts.pod, folders.store);
    this.#volumes = [...(facts.pod.spec.volumes ?? []), ...(access === undefined ? [] : [access])];
  }

  /**
   * A container's mounts; volumes are made on demand. A mount comes before mounts inside it.
   * @throws LaunchProblem when a volume refers to something that is missing
   */
  mountsOf(container: Container, variables: StringMap): Mount[] {
    const mounts = this.#mounted(container).map((mount) => this.#mount(mount, variables));
    return mounts.sort((a, b) => (a.target < b.target ? -1 : 1));
  }

  /**
   * A folder with a link for each mount, for processes that can't have mounts at their real paths: `FOLDER/etc/certs`
   * for `/etc/certs`.
   * @returns undefined for a container without mounts
   */
  linksTo({ name }: Container, mounts: readonly Mount[]): string | undefined {
    if (mounts.length === 0) return undefined;
    this.#folder ??= this.#folders.podFolder();
    const folder = join(this.#folder, `${name}.container`);
    rmSync(folder, { recursive: true, force: true });
    for (const { source, target } of mounts) {
      mkdirSync(dirname(join(folder, target)), { recursive: true });
      symlinkSync(source, join(folder, target));
    }
    return folder;
  }

  /** Writes a file that is removed together with the pod's volumes. @returns its path */
  file(name: string, text: string, mode: number): string {
    this.#folder ??= this.#folders.podFolder();
    // A name that no volume can have.
    const path = join(this.#folder, `_${name}`);
    writeFileSync(path, text, { mode });
    return path;
  }

  /**
   * Updates files made from ConfigMaps and Secrets; those whose object was deleted are kept.
   * @param changed `Secret/certs`, of the pod's namespace
   */
  follow(changed: ReadonlySet<string>): void {
    this.#rewrite((volume) => referencesOf(volume).some((each) => changed.has(each)));
  }

  /** Updates files made from the pod's labels and annotations. */
  followPod(): void {
    this.#rewrite(tellsOfPod);
  }

  /** Removes them: no process of the pod is left. */
  remove(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
    this.#written.clear();
  }

  #rewrite(isMeant: (volume: Volume) => boolean): void {
    for (const volume of this.#volumes) {
      if (!this.#written.has(volume.name) || !isMeant(volume)) continue;
      try {
        this.#write(volume);
      } catch (error) {
        if (!(error instanceof MissingReference)) throw error;
      }
    }
  }

  #mounted({ volumeMounts = [] }: Container): readonly VolumeMount[] {
    const access = this.#volumes.find(({ name }) => name === ACCESS_VOLUME);
    const own = volumeMounts.some(
      ({ mountPath }) => normalize(`${mountPath}/`) === `${ACCESS_PATH}/`,
    );
    if (access === undefined || own) return volumeMounts;
    return [...volumeMounts, { name: access.name, mountPath: ACCESS_PATH, readOnly: true }];
  }

  #mount(mount: VolumeMount, variables: StringMap): Mount {
    const { name, mountPath, readOnly = false, subPath, subPathExpr } = mount;
    const volume = this.#volumes.find((each) => each.name === name);
    if (volume === undefined) throw failed(name, "the pod has no such volume");
    const folder = this.#make(volume);
    const below = subPathExpr === undefined ? subPath : expandVariables(subPathExpr, variables);
    const source = below ? within(folder, below, volume) : folder;
    const isFile = !statSync(source).isDirectory();
    const target = normalize(`/${mountPath}`).replace(/(?<=.)\/$/, "");
    return { source, target, isFile, readOnly: readOnly || this.#written.has(name) };
  }

  /** @returns the path of a volume. */
  #make(volume: Volume): string {
    const { name, persistentVolumeClaim, hostPath } = volume;
    try {
      if (hostPath !== undefined) return hostPlace(hostPath.path);
      if (persistentVolumeClaim !== undefined) {
        const { namespace = "default" } = this.#facts.pod.metadata;
        return this.#folders.claim(namespace, persistentVolumeClaim.claimName);
      }
      this.#folder ??= this.#folders.podFolder();
      this.#write(volume);
      const folder = join(this.#folder, name);
      if (!this.#written.has(name)) makeShared(folder);
      return folder;
    } catch (error) {
      throw failed(name, (error as Error).message, error);
    }
  }

  /** @throws MissingReference */
  #write(volume: Volume): void {
    const { name } = volume;
    const payload = payloadOf(volume, this.#input());
    if (payload === undefined || this.#folder === undefined) return;
    const text = JSON.stringify(
      [...payload].map(([path, { data, mode }]) => [path, mode, data.toString("base64")]),
    );
    if (this.#written.get(name) === text) return;
    const folder = join(this.#folder, name);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    writePayload(folder, payload);
    this.#written.set(name, text);
  }

  /** The current Pod object: its labels may change while it runs. */
  #input(): PayloadInput {
    const { store, apiToken } = this.#folders;
    const { pod } = this.#facts;
    const { namespace = "", name, uid } = pod.metadata;
    const now: Pod | undefined = store.get("Pod", namespace, name);
    const isSame = now !== undefined && now.metadata.uid === uid;
    return { ...this.#facts, pod: isSame ? now : pod, store, apiToken };
  }
}

/** A hostPath: a folder or file of this machine, which is the pod's node. */
function hostPlace(path: string): string {
  try {
    return realpathSync(path);
  } catch (cause) {
    throw new Error(`there is no ${path} on this machine`, { cause });
  }
}

/** A path below a volume; a missing folder is made where that is allowed. */
function within(folder: string, subPath: string, volume: Volume): string {
  if (subPath.startsWith("/") || subPath.split("/").includes("..")) {
    throw failed(volume.name, `the subPath ${JSON.stringify(subPath)} leads out of it`);
  }
  const path = join(folder, subPath);
  try {
    return realpathSync(path);
  } catch {
    if (referencesOf(volume).length > 0) throw failed(volume.name, `it has no ${subPath}`);
    makeShared(path);
    return path;
  }
}

function failed(volume: string, why: string, cause?: unknown): LaunchProblem {
  return new LaunchProblem("FailedMount", `volume ${volume}: ${why}`, { cause });
}
