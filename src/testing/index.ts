export { fieldSelector } from "./field-selector.ts";
export { invalidLabelKey, type LabelKeyRule, labelKey } from "./label-key.ts";
export { labelSelector } from "./label-selector.ts";
export { labelSet } from "./label-set.ts";
export { invalidLabelValue, type LabelValueRule, labelValue } from "./label-value.ts";
export { type ManifestMatchers, manifestMatchers, toPassCheck } from "./manifest-matchers.ts";
export {
  type LabelMatchers,
  labelMatchers,
  type MatcherResult,
  toBeValidLabels,
  toMatchSelector,
} from "./matchers.ts";
export { matching, notMatching } from "./matching.ts";
export { nodeSelector } from "./node-selector.ts";
export { type SelectorOptions, selector, selectorText } from "./selector.ts";
export { testCluster } from "./test-cluster.ts";
export {
  type Manifests,
  type PodServers,
  type TestApi,
  type TestCluster,
  TestClusterError,
  type TestClusterOptions,
} from "./test-cluster-options.ts";
export type { PodHandler, TestPod } from "./test-pod.ts";
