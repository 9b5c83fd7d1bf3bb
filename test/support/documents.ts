/** What stands in the documents' fenced blocks. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./program.ts";

export const documents = ["README.md", ...globSync("docs/**/*.md", { cwd: ROOT })];

/** The fenced blocks of one language, in all documents. */
export function blocks(language: string): { document: string; text: string }[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm");
  return documents.flatMap((document) =>
    [...readFileSync(join(ROOT, document), "utf8").matchAll(fence)].map(([, text]) => ({
      document,
      text: text ?? "",
    })),
  );
}

/** Every command line, with the document that it stands in. */
export const commands = blocks("sh").flatMap(({ document, text }) =>
  text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => ({ document, line })),
);
