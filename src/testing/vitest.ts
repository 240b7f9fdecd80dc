/**
 * All matchers in every test of a project, with their types: a set-up module of vitest (3.2 or newer).
 *
 * ```ts
 * // vitest.config.ts
 * export default defineConfig({ test: { setupFiles: ["kubelane/testing/vitest"] } });
 * // any test
 * expect(pod).toMatchSelector("app in (web, api)");
 * ```
 * @module
 */
import { expect } from "vitest";
import { type ManifestMatchers, manifestMatchers } from "./manifest-matchers.ts";
import { type LabelMatchers, labelMatchers } from "./matchers.ts";

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: the parameter list must equal vitest's own
  interface Matchers<T = any> extends LabelMatchers<T>, ManifestMatchers<T> {}
}

expect.extend({ ...labelMatchers, ...manifestMatchers });
