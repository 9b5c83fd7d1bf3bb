/** Keeps a collector's memory small. */
import { setFlagsFromString } from "node:v8";

/**
 * Stops the space for new objects from growing where it is: what a batch needs lives longer than a young
 * space of any size, and a large one lets garbage of a hundred megabytes grow old before it is looked at.
 * For the whole process; called before it has taken anything in.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
