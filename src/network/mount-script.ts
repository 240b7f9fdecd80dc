import { dirname, join } from "node:path";
import type { FolderCopy, MountPlan } from "./mount-plan.ts";
import { quote } from "./script-text.ts";

/** A list of mounts, in a copy as long as it is made: only a file can be read by `mount`. */
const LIST = ".kubelane-mounts";

/**
 * The shell script that carries out a plan in the mount namespace of the process that runs it, as its root.
 * @param corner an empty folder, over which copies are made
 * @param path where the programs are: the process' own PATH may leave them out
 */
export function mountScript(plan: MountPlan, corner: string, path: string): string {
  return [
    // In a shell of its own, which has another PATH; the mounts are the same.
    "(",
    "set -e",
    `PATH=${quote(path)}`,
    "umask 022",
    ...plan.copies.flatMap((copy) => copyLines(copy, corner)),
    ...plan.mounts.flatMap(({ source, target, isFile }) => [
      // In an outer mount, where it may be made.
      isFile ? "" : `[ -e ${quote(target)} ] || mkdir -p ${quote(target)}`,
      `mount -n --bind ${quote(source)} ${quote(target)}`,
    ]),
    ...plan.mounts.filter(({ readOnly }) => readOnly).map(({ target }) => readOnlyLine(target)),
    ")",
    // Not `||`: on its left, `set -e` would mean nothing.
    "[ $? -eq 0 ] || exit 125",
  ]
    .filter((line) => line !== "")
    .join("\n");
}

function copyLines(copy: FolderCopy, corner: string): string[] {
  const { folder, mode, folders, files, links, places } = copy;
  const all = (names: readonly string[]) =>
    names.map((name) => quote(join(folder, name))).join(" ");
  const list = [...folders, ...files].map((name) => {
    const [source, target] = [join(folder, name), join(corner, name)];
    return `${escaped(source)} ${escaped(target)} none rbind 0 0`;
  });
  return [
    `mount -n -t tmpfs -o mode=${mode.toString(8)} kubelane ${quote(corner)}`,
    `cd ${quote(corner)}`,
    folders.length > 0 ? `mkdir -- ${folders.map(quote).join(" ")}` : "",
    ...files.map((name) => `: > ${quote(`./${name}`)}`),
    links.length > 0 ? `cp -P -- ${all(links)} .` : "",
    `cat > ${LIST} <<'END'`,
    ...list,
    "END",
    // What this user can't reach stays an empty place.
    `mount -n -a -T ./${LIST} 2>/dev/null || :`,
    `rm ${LIST}`,
    ...places.flatMap(({ path, isFile }) => placeLines(path, isFile)),
    ...(folder === "/"
      ? // Not chroot: whoever is in one may make no user namespace.
        ["pivot_root . .", "umount -n -l .", "cd /"]
      : ["cd /", `mount -n --move ${quote(corner)} ${quote(folder)}`]),
  ];
}

function placeLines(path: string, isFile: boolean): string[] {
  if (!isFile) return [`mkdir -p ${quote(`./${path}`)}`];
  return [`mkdir -p ${quote(`./${dirname(path)}`)}`, `: > ${quote(`./${path}`)}`];
}

/** What the file system was mounted with must stay in force, which a user namespace can't loosen. */
function readOnlyLine(target: string): string {
  const remount = (more: string) =>
    `mount -n -o remount,bind,ro${more} ${quote(target)} 2>/dev/null`;
  return `${remount("")} || ${remount(",nosuid,nodev")} || ${remount(",nosuid,nodev,noexec")} || :`;
}

/** As a line of fstab has it. */
function escaped(path: string): string {
  return path.replace(
    /[ \t\n\\]/g,
    (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
}
