/** Where a process listens that may not have the port it wants: 8080 for 80, 8443 for 443. */
export function unprivilegedPort(port: number): number {
  return port + 8_000;
}
