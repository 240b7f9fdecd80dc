import type { LabelMatchers } from "kubelane/testing";

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: the parameter list must equal vitest's own
  interface Matchers<T = any> extends LabelMatchers<T> {}
}
