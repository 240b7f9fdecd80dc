import { dirname, join } from "node:path";
import type { FolderCopy, MountPlan } from "./mount-plan.ts";
import { quote } from "./script-text.ts";

/** The list of mounts. A copy is read while it is made, since `mount` reads only files. */
const LIST = ".kubelane-mounts";

/**
 * The shell script that carries out a plan in its own mount namespace, as root there.
 * @param corner an empty folder for mounting copies
 * @param path where programs are found: the process' own PATH may not contain them
 */
export function mountScript(plan: MountPlan, corner: string, path: string): string {
  return [
    // In a subshell with its own PATH; the mounts last.
    "(",
    "set -e",
    `PATH=${quote(path)}`,
    "umask 022",
    ...plan.copies.flatMap((copy) => copyLines(copy, corner)),
    ...plan.mounts.flatMap(({ source, target, isFile }) => [
      // Inside an outer mount, where folders can be made.
      isFile ? "" : `[ -e ${quote(target)} ] || mkdir -p ${quote(target)}`,
      `mount -n --bind ${quote(source)} ${quote(target)}`,
    ]),
    ...plan.mounts.filter(({ readOnly }) => readOnly).map(({ target }) => readOnlyLine(target)),
    ")",
    // Not with `||`, which would disable `set -e` on its left side.
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
    // Entries that this user can't access are left empty.
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

/** The file system's own flags (nosuid, noexec…) must be repeated: a user namespace may not drop them. */
function readOnlyLine(target: string): string {
  const remount = (more: string) =>
    `mount -n -o remount,bind,ro${more} ${quote(target)} 2>/dev/null`;
  return `${remount("")} || ${remount(",nosuid,nodev")} || ${remount(",nosuid,nodev,noexec")} || :`;
}

/** In the syntax of fstab. */
function escaped(path: string): string {
  return path.replace(
    /[ \t\n\\]/g,
    (letter) => `\\${letter.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
}
