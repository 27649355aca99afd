import type { DType } from "../../tensor/index.ts";

/**
 * The allow-list: every Python name that a file may mention. Any other is an error that says it.
 * None of them is looked up or called: each stands for a few lines of `rebuild.ts`, or for nothing at all.
 */

/** Element types of PyTorch: the class of their storages, and their own names. */
const TYPES: readonly (readonly [storage: string, dtype: DType, aliases: readonly string[]])[] = [
  ["FloatStorage", "float32", ["float32", "float"]],
  ["HalfStorage", "float16", ["float16", "half"]],
  ["BFloat16Storage", "bfloat16", ["bfloat16"]],
  ["DoubleStorage", "float64", ["float64", "double"]],
  ["LongStorage", "int64", ["int64", "long"]],
  ["IntStorage", "int32", ["int32", "int"]],
  ["ShortStorage", "int16", ["int16", "short"]],
  ["CharStorage", "int8", ["int8"]],
  ["ByteStorage", "uint8", ["uint8"]],
  ["BoolStorage", "bool", ["bool"]],
];

/** Classes of storages, and the type of their elements. Untyped ones (PyTorch 2) are bytes: the tensor has the type. */
export const STORAGES: ReadonlyMap<string, DType | null> = new Map<string, DType | null>([
  ...TYPES.map(([storage, dtype]) => [`torch.${storage}`, dtype] as const),
  ["torch.storage.UntypedStorage", null],
  ["torch.UntypedStorage", null],
]);

/** Element types. */
export const DTYPES: ReadonlyMap<string, DType> = new Map(
  TYPES.flatMap(([, dtype, names]) => names.map((name) => [`torch.${name}`, dtype] as const)),
);

/** The dict of parameters in the textual inversion files of its authors: it is read as a dict. */
export const PARAMETER_DICT = "torch.nn.modules.container.ParameterDict";

/**
 * Bookkeeping of real checkpoints beside their weights: kept as a name, and so is whatever is made of it.
 * sd-v1-4.ckpt has them all: the class is a key of `callbacks`, below which a numpy scalar is the best score so far.
 */
export const BOOKKEEPING: ReadonlySet<string> = new Set([
  "pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint",
  "numpy.core.multiarray.scalar",
  "numpy._core.multiarray.scalar",
  "numpy.dtype",
  "_codecs.encode",
  "torch.device",
]);

const UNSUPPORTED: readonly RegExp[] = [
  /^torch\.(Complex|Q|Float8)\w*Storage$/,
  /^torch\.(complex|q|float8|float4|u?int\d)\w*$/,
  /^torch\._utils\._rebuild_(qtensor|sparse_tensor|sparse_csr_tensor|nested_tensor|meta_tensor_no_storage)$/,
];

/** Whether a name that is not on the list is a harmless kind of tensor: complex, quantised, sparse. */
export function isKnownButUnsupported(name: string): boolean {
  return UNSUPPORTED.some((pattern) => pattern.test(name));
}
