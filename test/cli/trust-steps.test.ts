import { expect, test } from "vitest";
import { shellLine, trustSteps } from "../../src/cli/trust/trust-steps.ts";

test.each([
  ["darwin", 1],
  ["win32", 1],
  ["linux", 3],
] as const)(
  "what makes %s trust the authority names its certificate in each step",
  (platform, n) => {
    const steps = trustSteps(platform, "/home/me/a.crt", "/home/me");
    expect(steps).toHaveLength(n);
    for (const step of steps) expect(shellLine(step)).toContain("/home/me/a.crt");
  },
);

test("a step is a line that a shell reads", () => {
  const [install] = trustSteps("linux", "/home/me/a.crt", "/home/me");
  expect(install && shellLine(install)).toBe(
    "sudo sh -c 'cp '\\''/home/me/a.crt'\\'' /usr/local/share/ca-certificates/kubelane.crt && update-ca-certificates'",
  );
});
