import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Mount } from "./mount.ts";

/** What is to be mounted, and what is done before so that all the places are there. */
export interface MountPlan {
  /** Inner folders come first. */
  readonly copies: readonly FolderCopy[];
  /** Where links lead that were in their places; outer ones come first. */
  readonly mounts: readonly Mount[];
}

/** A folder of the system as a pod sees it: everything in it is the original, and some more is there. */
export interface FolderCopy {
  readonly folder: string;
  readonly mode: number;
  readonly folders: readonly string[];
  readonly files: readonly string[];
  readonly links: readonly string[];
  /** What else is there, relative to it. */
  readonly places: readonly { readonly path: string; readonly isFile: boolean }[];
}

/**
 * Plans where mounts go on this machine. A place that it does not have can't be made in its folders: they are the
 * machine's. The pod gets a copy of the nearest folder there is, whose entries lead to the originals.
 */
export function mountPlan(mounts: readonly Mount[]): MountPlan {
  const found = mounts.map((mount) => ({ mount, ...placeOf(mount.target) }));
  const targets = found.map(({ folder, rest }) => join(folder, rest));
  const missing = found.filter(({ folder, rest }) => {
    // What lies inside another mount is made in there.
    const isInside = targets.some((target) => join(folder, rest).startsWith(`${target}/`));
    return rest !== "" && !isInside;
  });
  const folders = [...new Set(missing.map(({ folder }) => folder))];
  folders.sort((a, b) => b.length - a.length);
  return {
    copies: folders.map((folder) => {
      const places = missing.filter((each) => each.folder === folder);
      return copyOf(
        folder,
        places.map(({ rest, mount: { isFile } }) => ({ path: rest, isFile })),
      );
    }),
    mounts: found
      .map(({ mount }, i) => ({ ...mount, target: targets[i] ?? mount.target }))
      .sort((a, b) => a.target.length - b.target.length),
  };
}

interface Place {
  /** The nearest one that is there, with its links followed; the place itself, where that is there. */
  readonly folder: string;
  /** From there on. */
  readonly rest: string;
}

function placeOf(target: string): Place {
  let rest = "";
  for (let path = target; path !== "/"; path = dirname(path)) {
    try {
      const real = realpathSync(path);
      // Below a file there can be nothing, and the mount says so.
      if (rest === "" || statSync(real).isDirectory()) return { folder: real, rest };
    } catch {
      // Not there.
    }
    rest = join(basename(path), rest);
  }
  return { folder: "/", rest };
}

function copyOf(folder: string, places: FolderCopy["places"]): FolderCopy {
  const entries = readdirSync(folder, { withFileTypes: true });
  const names = (isMeant: (entry: Dirent) => boolean) =>
    entries.filter(isMeant).map(({ name }) => name);
  return {
    folder,
    mode: statSync(folder).mode & 0o7777,
    folders: names((entry) => entry.isDirectory()),
    links: names((entry) => entry.isSymbolicLink()),
    files: names((entry) => !entry.isDirectory() && !entry.isSymbolicLink()),
    places,
  };
}
