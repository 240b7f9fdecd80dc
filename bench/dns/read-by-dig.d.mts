export function readByDig(
  replies: { bytes: Uint8Array; name: string; type: string }[],
): Promise<string[]>;
