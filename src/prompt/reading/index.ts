/** What two sentences mean: their phrases, what differs between them, the kind of edit and the words of its mask. */
export type { EditChange } from "./change.ts";
export { type EditReading, readEdit } from "./read-edit.ts";
export { type RemovableSentence, readForRemoval } from "./without.ts";
