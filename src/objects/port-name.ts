import { quote } from "./json.ts";

/**
 * What is wrong with a port name that a targetPort, a container port or a probe uses (an IANA service
 * name, RFC 6335 section 5.1): at most 15 of `a-z 0-9 -`, at least one letter, no hyphen at either
 * end nor two in a row. Undefined when valid.
 */
export function portNameProblem(name: string): string | undefined {
  const what = `the port name ${quote(name)}`;
  if (name.length === 0) return "the port name is empty";
  if (name.length > 15) return `${what} has ${name.length} characters, at most 15 fit`;
  if (/[^-a-z0-9]/.test(name)) return `${what} may have lower-case letters, digits and "-" only`;
  if (!/[a-z]/.test(name)) return `${what} needs at least one letter`;
  if (name.includes("--")) return `${what} must not have two hyphens in a row`;
  if (/^-|-$/.test(name)) return `${what} must start and end with a letter or digit`;
  return undefined;
}

/** Whether a number can be a port: 1 to 65535. */
export function isPortNumber(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}
