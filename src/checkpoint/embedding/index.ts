export { openEmbedding } from "./open.node.ts";
export { parseEmbedding } from "./parse.ts";
export { withEmbeddings } from "./with-embeddings.node.ts";
