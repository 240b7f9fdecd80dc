/** A word of a shell script that stands for itself. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Commands of `ip`, in one go. */
export function batch(lines: readonly string[], ...options: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [`ip ${[...options, "-batch"].join(" ")} - <<'END'`, ...lines, "END"];
}

/** The same for IPv6: a system without it goes on without. */
export function batchV6(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return ["ip -6 -force -batch - 2>/dev/null <<'END' || :", ...lines, "END"];
}

/** A setting of the network namespace. Where /proc/sys can't be written, its default has to do. */
export function setting(name: string, value: number): string[] {
  return [`echo ${value} 2>/dev/null > /proc/sys/net/${name} || :`];
}

/** A file with a text: by the shell's own printf, as the argument of a program has a limit. */
export function writeFile(path: string, text: string): string {
  return `printf %s ${quote(text)} > ${quote(path)}`;
}

export const isV6 = (address: string): boolean => address.includes(":");
