import {
  any,
  boolean,
  integer,
  list,
  oneOf,
  type RecordShape,
  record,
  string,
  stringMap,
} from "../shape.ts";
import { objectReference, objectShape } from "./metadata.ts";
import { protocol } from "./pod.ts";

export const namespace = objectShape({ status: record({ phase: oneOf("Active", "Terminating") }) });

export const node = objectShape({
  spec: record({
    unschedulable: boolean,
    taints: list(
      record({ key: string, value: string, effect: string }, { required: ["key", "effect"] }),
    ),
  }),
  status: record({
    addresses: list(record({ type: string, address: string }, { required: ["type", "address"] })),
    allocatable: any,
  }),
});

export const configMap = objectShape({ data: stringMap, binaryData: stringMap });

export const secret = objectShape({ type: string, data: stringMap, stringData: stringMap });

const endpointPort = record(
  { name: string, port: integer, protocol, appProtocol: string },
  { others: "" },
);

const named = record({ name: string }, { required: ["name"], others: "" });

const endpoint: RecordShape = record(
  {
    addresses: list(string),
    conditions: record({ ready: boolean, serving: boolean, terminating: boolean }, { others: "" }),
    hostname: string,
    nodeName: string,
    zone: string,
    targetRef: objectReference,
    hints: record({ forZones: list(named), forNodes: list(named) }, { others: "" }),
  },
  { required: ["addresses"], others: "deprecatedTopology" },
);

export const endpointSlice = objectShape(
  {
    addressType: oneOf("IPv4", "IPv6", "FQDN"),
    endpoints: list(endpoint),
    ports: list(endpointPort),
  },
  { required: ["addressType"], lists: ["endpoints"] },
);

const endpointAddress = record(
  { ip: string, hostname: string, nodeName: string, targetRef: objectReference },
  { required: ["ip"], others: "" },
);

export const endpoints = objectShape({
  subsets: list(
    record(
      {
        addresses: list(endpointAddress),
        notReadyAddresses: list(endpointAddress),
        ports: list(endpointPort),
      },
      { others: "" },
    ),
  ),
});

export const serviceImport = objectShape(
  {
    spec: record(
      {
        type: oneOf("ClusterSetIP", "Headless"),
        ips: list(string),
        ports: list(endpointPort),
      },
      { required: ["type"] },
    ),
  },
  { required: ["spec"] },
);
