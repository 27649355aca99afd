export { openEmbedding } from "./open.node.ts";
export { withEmbeddings } from "./with-embeddings.node.ts";
