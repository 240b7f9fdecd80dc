export {
  type AlgebraOptions,
  counterexample,
  equivalent,
  implies,
  isSatisfiable,
  overlaps,
  simplify,
  witness,
} from "./algebra.ts";
export {
  asMap,
  type ConversionCode,
  ConversionError,
  type ConversionOptions,
  parseLabelsMap,
  toLabelSelector,
} from "./conversion.ts";
export {
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
} from "./dns-name.ts";
export type { Universe } from "./domain.ts";
export type { Explanation, Verdict } from "./explain.ts";
export {
  escapeFieldValue,
  type FieldRequirement,
  FieldSelector,
  type FieldSelectorSyntaxCode,
  FieldSelectorSyntaxError,
  type Fields,
  parseFieldSelector,
} from "./field-selector.ts";
export { LabelIndex } from "./label-index.ts";
export { validateLabelKey, validateLabelValue } from "./label-name.ts";
export {
  fromLabelSelector,
  type LabelSelector,
  type LabelSelectorRequirement,
  validateLabelSelector,
} from "./label-selector.ts";
export type { Labels, OptionalLabels } from "./labels.ts";
export type { LiveQuery, LiveQueryEvent } from "./live-query.ts";
export type { Condition } from "./match.ts";
export {
  type LabelEdit,
  type Miss,
  type Misspelling,
  type NearestOptions,
  nearest,
} from "./nearest.ts";
export {
  matchesNodeSelector,
  type NodeIdentity,
  type NodeSelector,
  type NodeSelectorRequirement,
  type NodeSelectorTerm,
  validateNodeSelector,
} from "./node-selector.ts";
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
export type { SelectorText } from "./selector-text.ts";
export type { SelectorFault } from "./syntax-error.ts";
export {
  type SelectorSource,
  type SelectorSyntaxCode,
  SelectorSyntaxError,
} from "./syntax-error.ts";
export { type SelectorPart, selector } from "./template.ts";
