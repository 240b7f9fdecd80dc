/** A word of a shell script, quoted so that it is taken literally. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Commands of `ip`, run by one process. */
export function batch(lines: readonly string[], ...options: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return [`ip ${[...options, "-batch"].join(" ")} - <<'END'`, ...lines, "END"];
}

/** The same for IPv6; errors are ignored, as the system may lack it. */
export function batchV6(lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  return ["ip -6 -force -batch - 2>/dev/null <<'END' || :", ...lines, "END"];
}

/** Commands of nft, as one transaction. */
export function nftScript(commands: string): string {
  return `nft -f - <<'END'\n${commands}END`;
}

/** Sets a kernel parameter of the network namespace. Where /proc/sys is read-only, the default stays. */
export function setting(name: string, value: number): string[] {
  return [`echo ${value} 2>/dev/null > /proc/sys/net/${name} || :`];
}

/** Writes a file with the shell's built-in printf: an argument of a program has a length limit. */
export function writeFile(path: string, text: string): string {
  return `printf %s ${quote(text)} > ${quote(path)}`;
}

export const isV6 = (address: string): boolean => address.includes(":");
