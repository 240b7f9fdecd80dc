/** Where output may differ, never an exit code, and why a user would accept it. */
export const DIFFERENCES = [
  {
    why: "the version says that it is kubelane, and the API has Gateway API and the Multi-Cluster Services API built in",
    commands: /^(version|api-versions)$/,
  },
  {
    why: "there are no descriptions in OpenAPI, which are upstream's prose",
    commands: /^explain /,
  },
  {
    why: "what is refused is told in our own words, which `check` prints as well; the first broken rule hides what follows from it",
    commands:
      /^(apply -f bad.yaml|patch deployment web --type=merge -p .*selector|patch configmap cm --type=json -p .*"test"|!sh forward.sh pod\/server :8098|debug talk --image=session-sh:3|!kubectl patch pod talk --type)/,
  },
  {
    why: "several owners of a field are told one by one, and the oldest apply keeps its time",
    commands: /(--field-manager=third|--show-managed-fields)/,
  },
  {
    why: "an Ingress is served by the gateway here, so it has an address",
    commands: /^(get|describe) ingress in$/,
  },
  {
    why: "everybody who has the token is the one user, who may do everything",
    commands: /^auth (can-i --list|whoami)$/,
  },
  {
    why: "quotas are kept but not counted",
    commands: /^(get|describe) quota/,
  },
  {
    why: "pods get no token volume and only the defaults that something here reads, one that nothing runs and one that failed say why in their status, and a Deployment is not annotated with its revision",
    commands:
      /^(describe pods|get pods (-A )?-l app=web|!echo piped|describe deployment|diff -f web-2)/,
  },
  {
    why: "a rollout whose pods nobody waits for is over in one step, and its Events are not summed up",
    commands: /^(rollout status deployment web|events --for|get events)/,
  },
  {
    why: "StatefulSets keep no ControllerRevisions, and a path that leads nowhere is answered with a Status",
    commands: /^get (controllerrevisions|crons)/,
  },
];
