import { useSignal } from "@preact/signals";
import { SCALE_PATH, type Workload } from "../messages.ts";
import { ask } from "./ask.ts";
import { Trouble } from "./parts.tsx";
import { hello } from "./stream.ts";
import { counted, t } from "./words.ts";

interface WorkloadsProps {
  readonly namespace: string;
  readonly workloads: readonly Workload[];
}

/** The workloads that make the pods of a Service, with their desired numbers. */
export function Workloads({ namespace, workloads }: WorkloadsProps) {
  const error = useSignal<Error | undefined>(undefined);
  /** Requested numbers by kind and name, shown until the cluster reports the same. */
  const asked = useSignal<ReadonlyMap<string, number>>(new Map());
  if (workloads.length === 0) return null;
  const scale = async (workload: Workload, replicas: number) => {
    asked.value = new Map(asked.value).set(keyOf(workload), replicas);
    error.value = await ask(SCALE_PATH, { ...workload, namespace, replicas }).then(
      () => undefined,
      (reason: Error) => reason,
    );
    if (error.value !== undefined) asked.value = new Map();
  };
  return (
    <>
      <ul class="plain">
        {workloads.map((workload) => {
          const key = keyOf(workload);
          const replicas = asked.value.get(key) ?? workload.replicas;
          return (
            <li key={key} class="row">
              <span>
                {workload.kind} <strong>{workload.name}</strong>
              </span>
              <span role="status">{counted(replicas, "onePodWanted", "podsWanted")}</span>
              {hello.value?.mayChange === true && (
                <span class="stepper">
                  <button
                    type="button"
                    aria-label={`${t("onePodLess")}: ${workload.name}`}
                    disabled={replicas === 0}
                    onClick={() => scale(workload, replicas - 1)}
                  >
                    −
                  </button>
                  <button
                    type="button"
                    aria-label={`${t("onePodMore")}: ${workload.name}`}
                    onClick={() => scale(workload, replicas + 1)}
                  >
                    +
                  </button>
                </span>
              )}
            </li>
          );
        })}
      </ul>
      <Trouble error={error.value} />
    </>
  );
}

const keyOf = ({ kind, name }: Workload) => `${kind} ${name}`;
