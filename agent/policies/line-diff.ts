/** The lines by which two texts differ. Pure. */

/** `same` in both, `added` only in the newer, `removed` only in the older text. */
export type DiffLine = { readonly kind: "same" | "added" | "removed"; readonly line: string };

/** Where more pairs of lines than this would have to be looked at, one text is told as replaced by the other. */
const MOST_PAIRS = 4_000_000;

/** All lines of both texts in order, by a longest common subsequence; what was removed stands before what was added. */
export function diffLines(older: string, newer: string): DiffLine[] {
  const [before, after] = [linesOf(older), linesOf(newer)];
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end += 1;
  return [
    ...all("same", before.slice(0, start)),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...all("same", before.slice(before.length - end)),
  ];
}

/** How many lines of each kind differ. */
export function countLines(lines: readonly DiffLine[]): { added: number; removed: number } {
  const count = (kind: DiffLine["kind"]) => lines.filter((line) => line.kind === kind).length;
  return { added: count("added"), removed: count("removed") };
}

const SIGNS = { same: " ", added: "+", removed: "-" } as const;

/** As a person reads it: what differs, with so many lines around it, and `…` for the rest. */
export function shownLines(lines: readonly DiffLine[], around = 2): string[] {
  const near = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== "same"),
  );
  return lines.flatMap(({ kind, line }, index) => {
    if (near[index]) return [`${SIGNS[kind]} ${line}`.trimEnd()];
    return index === 0 || near[index - 1] ? ["…"] : [];
  });
}

function middle(before: readonly string[], after: readonly string[]): DiffLine[] {
  if (before.length * after.length > MOST_PAIRS) return [...all("removed", before), ...all("added", after)];
  const width = after.length + 1;
  // At [i, j]: how many lines before[i…] and after[j…] have in common.
  const common = new Uint32Array((before.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--)
      common[i * width + j] =
        before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const found: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      found.push({ kind: "same", line: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      found.push({ kind: "removed", line: old });
      i += 1;
    } else if (fresh !== undefined) {
      found.push({ kind: "added", line: fresh });
      j += 1;
    }
  }
  return found;
}

function all(kind: DiffLine["kind"], lines: readonly string[]): DiffLine[] {
  return lines.map((line) => ({ kind, line }));
}

function linesOf(text: string): string[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
