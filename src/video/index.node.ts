/** Reads and writes files and folders of frames. */
export { encodePng, encodeWebp } from "./images.node.ts";
export { listImages } from "./read/list-images.node.ts";
export { openStream, type ReadOptions, type VideoStream } from "./read/open-stream.node.ts";
export { probeVideo, readVideo, streamVideo, type VideoInfo } from "./read/read.node.ts";
export { readMetadata } from "./read/read-metadata.node.ts";
export { checkNotInput, checkOutput } from "./write/output.node.ts";
export { type PlayLike, type WriteOptions, writeVideo } from "./write/write.node.ts";
