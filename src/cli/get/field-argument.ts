import { nearestName } from "../../diagnostics/nearest-name.ts";
import {
  type FieldSelector,
  FieldSelectorSyntaxError,
  parseFieldSelector,
} from "../../labels/field-selector.ts";
import { supportedFields } from "../../store/fields.ts";
import { CommandError } from "../command.ts";
import { EXIT } from "../exit-code.ts";

/**
 * A field selector from the command line.
 * @throws CommandError for an invalid one, or a field that the kind can't be selected by.
 */
export function parseFieldArgument(text: string, groupKinds: readonly string[]): FieldSelector {
  let selector: FieldSelector;
  try {
    selector = parseFieldSelector(text);
  } catch (error) {
    if (!(error instanceof FieldSelectorSyntaxError)) throw error;
    const next = "for example status.phase=Running,metadata.name!=web";
    throw new CommandError(EXIT.usage, `invalid field selector: ${error.message}`, next);
  }
  for (const groupKind of groupKinds) {
    const known = supportedFields(groupKind);
    for (const { field } of selector.requirements) {
      if (known.includes(field)) continue;
      const near = nearestName(field, known);
      throw new CommandError(
        EXIT.usage,
        `a ${groupKind} can't be selected by the field ${field}`,
        near === undefined ? `by ${known.join(", ")}` : `did you mean ${near}?`,
      );
    }
  }
  return selector;
}
