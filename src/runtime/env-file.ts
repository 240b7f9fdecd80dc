/**
 * Reads `NAME=value` lines as `docker run --env-file` and dotenv agree on: blank lines and `#` comments
 * skipped, `export ` allowed, one pair of quotes around a value taken off. Nothing is expanded.
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
