/**
 * Reads `NAME=value` lines in the common subset of `docker run --env-file` and dotenv: blank lines and `#` comments
 * are skipped, `export ` is allowed, one pair of quotes around a value is removed. Nothing is expanded.
 */
export function parseEnvFile(text: string): Record<string, string> {
  const variables: Record<string, string> = Object.create(null);
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([^\s=#][^\s=]*)\s*=\s*(.*)$/.exec(line);
    if (match === null) continue;
    const value = match[2]!.trimEnd();
    const quoted = /^(["'])(.*)\1$/.exec(value);
    variables[match[1]!] = quoted === null ? value : quoted[2]!;
  }
  return variables;
}
