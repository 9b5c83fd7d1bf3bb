/** Two validators of the same schema: the generated one, and one that shares no code with it. */
import { readFileSync } from "node:fs";
import {
  registerSchema,
  type SchemaObject,
  unregisterSchema,
  validate,
} from "@hyperjump/json-schema/draft-2020-12";
import { validateReportV1 } from "#schemas/generated/validators.gen.js";

export type Verdicts = { readonly generated: boolean; readonly other: boolean };

type ReadSchema = SchemaObject & { readonly $id: string };

/**
 * Reads the schema's file and compiles it once with the other validator, which knows nothing of this project.
 *
 * @param change what is made of the schema before: a control, in which the two must differ
 */
export async function bothValidators(
  change: (schema: ReadSchema) => SchemaObject = (schema) => schema,
): Promise<(document: unknown) => Verdicts> {
  const file = new URL("../../schemas/report.v1.schema.json", import.meta.url);
  const schema = JSON.parse(readFileSync(file, "utf8")) as ReadSchema;
  registerSchema(change(schema));
  const other = await validate(schema.$id);
  unregisterSchema(schema.$id);
  return (document) => ({
    generated: validateReportV1(document),
    other: other(document as Parameters<typeof other>[0]).valid,
  });
}
