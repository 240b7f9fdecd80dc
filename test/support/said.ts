import type { ChildProcess } from "node:child_process";

/** Resolves with everything printed so far once it contains the pattern. */
export async function said(
  child: ChildProcess,
  stream: "stdout" | "stderr",
  pattern: RegExp,
): Promise<string> {
  let text = "";
  return new Promise((resolve, reject) => {
    child[stream]?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (pattern.test(text)) resolve(text);
    });
    child.once("exit", () => {
      // What it wrote last may come now, and no close does when it left behind who shares the stream.
      setTimeout(() => reject(new Error(`ended without ${pattern}: ${text}`)), 1_000).unref();
    });
  });
}
