/** The validator's compiler, set up once for all schemas: standalone code, and what is compiled at run time. */
import { Ajv2020 } from "ajv/dist/2020.js";

/** Keywords that say something to people and the dictionary, and nothing to a validator. */
export const ANNOTATIONS = ["x-census", "x-features", "x-words"] as const;

export type CompilerOptions = {
  /** Ends at the first fault; otherwise all are told, with their values: never log those. */
  readonly firstFault: boolean;
  /** Keeps the code of validators, to be written into a file. */
  readonly source?: boolean;
};

export function compiler({ firstFault, source = false }: CompilerOptions): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: !firstFault,
    verbose: !firstFault,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    // What JSON.parse makes has its own properties only, but for the names of Object.prototype, which no
    // schema here gives to a property (a test asserts it); asking each time costs a third of the validation.
    ownProperties: false,
    code: source ? { source: true, esm: true, lines: true } : {},
  });
  for (const keyword of ANNOTATIONS) ajv.addKeyword(keyword);
  return ajv;
}
