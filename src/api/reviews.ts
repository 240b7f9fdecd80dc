import { isRecord } from "../objects/json.ts";

/** The user behind every token: there is one, who may do everything. */
export const USER = { username: "kubelane", groups: ["system:masters", "system:authenticated"] };

/**
 * Answers the kinds that are questions rather than objects: who am I, may I do this. Undefined for all others. A
 * client with the token may do everything, and the answer says so.
 */
export function answerReview(groupKind: string, body: unknown): object | undefined {
  const review = isRecord(body) ? body : {};
  const allowed = { allowed: true, reason: "kubelane lets whoever holds its token do everything" };
  switch (groupKind) {
    case "SelfSubjectAccessReview.authorization.k8s.io":
    case "SubjectAccessReview.authorization.k8s.io":
    case "LocalSubjectAccessReview.authorization.k8s.io":
      return { ...review, metadata: {}, status: allowed };
    case "SelfSubjectRulesReview.authorization.k8s.io":
      return {
        ...review,
        metadata: {},
        spec: {},
        status: {
          incomplete: false,
          resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
          nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
        },
      };
    case "SelfSubjectReview.authentication.k8s.io":
      return { ...review, metadata: {}, status: { userInfo: USER } };
    case "TokenReview.authentication.k8s.io":
      return { ...review, metadata: {}, status: { authenticated: true, user: USER } };
    default:
      return undefined;
  }
}
