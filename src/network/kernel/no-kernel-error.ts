/** The kernel can't balance connections to Services. */
export class NoKernelError extends Error {
  override readonly name = "NoKernelError";
  readonly code = "no-kernel-balancing";
  /** Programs that were not found. */
  readonly missing: readonly string[];

  constructor(message: string, missing: readonly string[] = [], options?: ErrorOptions) {
    super(message, options);
    this.missing = missing;
  }
}

/** What `nft` said was wrong: its message has the place and a copy of the command around it. */
export function complaintOf({ message }: Error): string {
  const [, complaint] = /Error: (.*)/.exec(message) ?? [];
  return `nft: ${complaint ?? message.trim().split("\n").at(-1)}`;
}
