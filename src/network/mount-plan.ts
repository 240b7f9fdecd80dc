import { type Dirent, readdirSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Mount } from "./mount.ts";

/** The mounts, and the preparations so that all mount points exist. */
export interface MountPlan {
  /** Outer folders come before inner ones. */
  readonly copies: readonly FolderCopy[];
  /** The mounts, outer ones first; the last ones are the targets of links that were at mount points. */
  readonly mounts: readonly Mount[];
}

/** A copy of a system folder for a pod: its entries lead to the originals, and there are additional ones. */
export interface FolderCopy {
  readonly folder: string;
  readonly mode: number;
  readonly folders: readonly string[];
  readonly files: readonly string[];
  readonly links: readonly string[];
  /** The additional entries, relative to it. */
  readonly places: readonly { readonly path: string; readonly isFile: boolean }[];
}

/**
 * Plans mounts at any path. Where this machine lacks the path, it can't be made in the machine's own folders. The pod
 * gets a copy of the nearest existing folder, whose entries lead to the originals.
 */
export function mountPlan(mounts: readonly Mount[]): MountPlan {
  const found = mounts.map((mount) => ({ mount, ...placeOf(mount.target) }));
  const targets = found.map(({ folder, rest }) => join(folder, rest));
  const missing = found.filter(({ folder, rest }) => {
    // A mount point inside another mount is made there.
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
  /** The nearest existing folder, with links resolved; the path itself where that exists. */
  readonly folder: string;
  /** The rest of the path. */
  readonly rest: string;
}

function placeOf(target: string): Place {
  let rest = "";
  for (let path = target; path !== "/"; path = dirname(path)) {
    try {
      const real = realpathSync(path);
      // Nothing can be below a file; the mount will report it.
      if (rest === "" || statSync(real).isDirectory()) return { folder: real, rest };
    } catch {
      // It does not exist.
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
