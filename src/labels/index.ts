export {
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
} from "./dns-name.ts";
export { LabelIndex } from "./label-index.ts";
export { validateLabelKey, validateLabelValue } from "./label-name.ts";
export {
  fromLabelSelector,
  type LabelSelector,
  type LabelSelectorRequirement,
} from "./label-selector.ts";
export type { Labels } from "./labels.ts";
export type { Operator } from "./operator.ts";
export { type ParseOptions, parseSelector } from "./parse.ts";
export type { LabelProblem, LabelRule } from "./problem.ts";
export {
  type Requirement,
  RequirementError,
  type RequirementProblem,
  requirement,
} from "./requirement.ts";
export { everything, fromMap, fromRequirements, nothing, type Selector } from "./selector.ts";
export { SelectorIndex } from "./selector-index.ts";
export { type SelectorSyntaxCode, SelectorSyntaxError } from "./syntax-error.ts";
