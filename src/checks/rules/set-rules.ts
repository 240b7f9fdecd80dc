import type { SetRule } from "../set-rule.ts";
import { containerSetRules } from "./container.ts";
import { deprecatedSetRules } from "./deprecated.ts";
import { monitorSetRules } from "./monitor.ts";
import { podReferenceSetRules } from "./pod-reference.ts";
import { policySetRules } from "./policy.ts";
import { rbacSetRules } from "./rbac.ts";
import { referenceSetRules } from "./reference.ts";
import { routeSetRules } from "./routes.ts";
import { serviceSetRules } from "./service.ts";
import { workloadSetRules } from "./workload.ts";

/** Every rule about objects seen together. */
export const SET_RULES: readonly SetRule[] = [
  ...serviceSetRules,
  ...workloadSetRules,
  ...containerSetRules,
  ...podReferenceSetRules,
  ...policySetRules,
  ...rbacSetRules,
  ...monitorSetRules,
  ...referenceSetRules,
  ...routeSetRules,
  ...deprecatedSetRules,
];
