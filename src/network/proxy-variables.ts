/** Proxies of the machine are outside, where a network of its own does not lead. */
const PROXIES: ReadonlySet<string> = new Set([
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "ALL_PROXY",
  "FTP_PROXY",
  "NO_PROXY",
]);

/** Whether a variable names a proxy, in either spelling. */
export const isProxyVariable = (name: string): boolean => PROXIES.has(name.toUpperCase());

/** The variables of a process that mean something in a network of its own. */
export function withoutProxies(
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !isProxyVariable(name)));
}
