import {
  boolean,
  count,
  integer,
  integerOrString,
  list,
  longInteger,
  oneOf,
  type RecordShape,
  record,
  string,
  stringMap,
} from "../shape.ts";
import { labelSelector, objectMeta, objectShape } from "./metadata.ts";

export const protocol = oneOf("TCP", "UDP", "SCTP");

const containerPort = record(
  { name: string, containerPort: integer, protocol },
  { required: ["containerPort"], others: "hostPort hostIP" },
);

const keyReference = record(
  { name: string, key: string, optional: boolean },
  { required: ["name", "key"], others: "" },
);

const envVar = record(
  {
    name: string,
    value: string,
    valueFrom: record({
      fieldRef: record({ fieldPath: string }, { required: ["fieldPath"] }),
      configMapKeyRef: keyReference,
      secretKeyRef: keyReference,
      resourceFieldRef: record({ resource: string }, { required: ["resource"] }),
    }),
  },
  { required: ["name"], others: "" },
);

const namedSource = record({ name: string, optional: boolean }, { required: ["name"], others: "" });

const httpGet = record(
  {
    path: string,
    port: integerOrString,
    host: string,
    scheme: oneOf("HTTP", "HTTPS"),
    httpHeaders: list(record({ name: string, value: string }, { required: ["name", "value"] })),
  },
  { required: ["port"], others: "" },
);

const handler = {
  httpGet,
  tcpSocket: record({ port: integerOrString, host: string }, { required: ["port"], others: "" }),
  exec: record({ command: list(string) }, { others: "" }),
};

const probe = record(
  {
    ...handler,
    grpc: record({ port: integer, service: string }, { required: ["port"], others: "" }),
    initialDelaySeconds: count,
    timeoutSeconds: count,
    periodSeconds: count,
    successThreshold: count,
    failureThreshold: count,
  },
  { others: "terminationGracePeriodSeconds" },
);

const hook = record(
  { ...handler, sleep: record({ seconds: longInteger }, { required: ["seconds"] }) },
  { others: "" },
);

const container = record(
  {
    name: string,
    image: string,
    command: list(string),
    args: list(string),
    workingDir: string,
    ports: list(containerPort),
    env: list(envVar),
    envFrom: list(
      record({ prefix: string, configMapRef: namedSource, secretRef: namedSource }, { others: "" }),
    ),
    readinessProbe: probe,
    livenessProbe: probe,
    startupProbe: probe,
    lifecycle: record({ preStop: hook, postStart: hook }, { others: "stopSignal" }),
    restartPolicy: oneOf("Always", "OnFailure", "Never"),
  },
  {
    required: ["name"],
    others:
      "resources resizePolicy restartPolicyRules volumeMounts volumeDevices terminationMessagePath " +
      "terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty",
  },
);

const nodeSelectorRequirements = list(
  record(
    { key: string, operator: string, values: list(string) },
    { required: ["key", "operator"], others: "" },
  ),
);

const nodeSelectorTerm = record(
  { matchExpressions: nodeSelectorRequirements, matchFields: nodeSelectorRequirements },
  { others: "" },
);

export const nodeSelector: RecordShape = record(
  { nodeSelectorTerms: list(nodeSelectorTerm) },
  { required: ["nodeSelectorTerms"], others: "" },
);

const podAffinityTerm = record(
  {
    labelSelector,
    namespaceSelector: labelSelector,
    namespaces: list(string),
    topologyKey: string,
  },
  { others: "matchLabelKeys mismatchLabelKeys" },
);

const podAffinity = record(
  {
    requiredDuringSchedulingIgnoredDuringExecution: list(podAffinityTerm),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      record({ podAffinityTerm, weight: integer }, { required: ["podAffinityTerm"], others: "" }),
    ),
  },
  { others: "" },
);

const affinity = record(
  {
    nodeAffinity: record({
      requiredDuringSchedulingIgnoredDuringExecution: nodeSelector,
      preferredDuringSchedulingIgnoredDuringExecution: list(
        record({ preference: nodeSelectorTerm, weight: integer }),
      ),
    }),
    podAffinity,
    podAntiAffinity: podAffinity,
  },
  { others: "" },
);

export const podSpec: RecordShape = record(
  {
    containers: list(container),
    initContainers: list(container),
    nodeName: string,
    nodeSelector: stringMap,
    affinity,
    tolerations: list(record({ key: string, operator: string, value: string, effect: string })),
    topologySpreadConstraints: list(
      record({ labelSelector, topologyKey: string, maxSkew: integer, whenUnsatisfiable: string }),
    ),
    hostname: string,
    subdomain: string,
    hostNetwork: boolean,
    dnsPolicy: oneOf("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    dnsConfig: record(
      {
        nameservers: list(string),
        searches: list(string),
        options: list(record({ name: string, value: string }, { others: "" })),
      },
      { others: "" },
    ),
    restartPolicy: oneOf("Always", "OnFailure", "Never"),
    terminationGracePeriodSeconds: longInteger,
    activeDeadlineSeconds: longInteger,
    enableServiceLinks: boolean,
    serviceAccountName: string,
  },
  {
    required: ["containers"],
    others:
      "volumes ephemeralContainers serviceAccount automountServiceAccountToken " +
      "hostPID hostIPC shareProcessNamespace securityContext imagePullSecrets schedulerName " +
      "hostAliases priorityClassName priority readinessGates runtimeClassName preemptionPolicy " +
      "overhead setHostnameAsFQDN os hostUsers schedulingGates resourceClaims resources " +
      "hostnameOverride workloadRef",
  },
);

const containerState = record({
  waiting: record({ reason: string, message: string }),
  running: record({ startedAt: string }),
  terminated: record({ exitCode: integer, signal: integer, reason: string, message: string }),
});

const containerStatus = record(
  {
    name: string,
    ready: boolean,
    restartCount: integer,
    state: containerState,
    lastState: containerState,
  },
  { required: ["name", "ready", "restartCount"] },
);

const podStatus = record({
  phase: oneOf("Pending", "Running", "Succeeded", "Failed", "Unknown"),
  podIP: string,
  podIPs: list(record({ ip: string }, { required: ["ip"] })),
  hostIP: string,
  conditions: list(
    record(
      { type: string, status: oneOf("True", "False", "Unknown"), reason: string, message: string },
      { required: ["type", "status"] },
    ),
  ),
  initContainerStatuses: list(containerStatus),
  containerStatuses: list(containerStatus),
  reason: string,
  message: string,
  startTime: string,
});

export const pod = objectShape({ spec: podSpec, status: podStatus }, { required: ["spec"] });

export const podTemplate: RecordShape = record(
  { metadata: objectMeta, spec: podSpec },
  { required: ["spec"], others: "" },
);
