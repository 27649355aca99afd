/** What two sentences mean: their phrases, what differs between them, the kind of edit and the words of its mask. */
export { type EditReading, readEdit } from "./read-edit.ts";
export type { EditChange } from "./say.ts";
