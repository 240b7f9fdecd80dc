import type { SetRule } from "../set-rule.ts";
import { deprecatedSetRules } from "./deprecated.ts";
import { policySetRules } from "./policy.ts";
import { referenceSetRules } from "./reference.ts";
import { routeSetRules } from "./routes.ts";
import { serviceSetRules } from "./service.ts";
import { workloadSetRules } from "./workload.ts";

/** Every rule about objects seen together. */
export const SET_RULES: readonly SetRule[] = [
  ...serviceSetRules,
  ...workloadSetRules,
  ...policySetRules,
  ...referenceSetRules,
  ...routeSetRules,
  ...deprecatedSetRules,
];
