import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { DType } from "../../tensor/index.ts";
import { type Dim, formatDim } from "../dim.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorProto_DataType as TensorType,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./onnx_pb.ts";

const TYPES: Record<DType, TensorType> = {
  float32: TensorType.FLOAT,
  float16: TensorType.FLOAT16,
  bfloat16: TensorType.BFLOAT16,
  float64: TensorType.DOUBLE,
  int64: TensorType.INT64,
  int32: TensorType.INT32,
  int16: TensorType.INT16,
  int8: TensorType.INT8,
  uint8: TensorType.UINT8,
  bool: TensorType.BOOL,
};

/** ONNX's number for an element type. */
export function onnxType(dtype: DType): TensorType {
  return TYPES[dtype];
}

export type AttributeValue =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };

function attribute(name: string, value: AttributeValue): AttributeProto {
  const init: MessageInitShape<typeof AttributeProtoSchema> = { name };
  if ("int" in value) Object.assign(init, { type: AttributeType.INT, i: BigInt(value.int) });
  else if ("float" in value) Object.assign(init, { type: AttributeType.FLOAT, f: value.float });
  else if ("ints" in value) Object.assign(init, { type: AttributeType.INTS, ints: value.ints.map(BigInt) });
  else Object.assign(init, { type: AttributeType.STRING, s: new TextEncoder().encode(value.text) });
  return create(AttributeProtoSchema, init);
}

/** One ONNX node. Contrib ops live in the domain `com.microsoft`. */
export function nodeProto(
  opType: string,
  name: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, AttributeValue>>,
  domain: string,
): NodeProto {
  return create(NodeProtoSchema, {
    opType,
    name,
    domain,
    input: [...input],
    output: [output],
    attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  });
}

/** An initializer whose bytes stand in the model itself. */
export function inlineTensor(
  name: string,
  shape: readonly number[],
  data: Float32Array | BigInt64Array,
): TensorProto {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return bytesTensor(name, data instanceof BigInt64Array ? "int64" : "float32", shape, bytes);
}

/** The same for values of any type, given as their bytes. */
export function bytesTensor(
  name: string,
  dtype: DType,
  shape: readonly number[],
  bytes: Uint8Array,
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: onnxType(dtype),
    rawData: bytes.slice(),
  });
}

/** An initializer whose bytes stay in another file. */
export function externalTensor(
  name: string,
  dtype: DType,
  shape: readonly number[],
  data: { location: string; offset: number; length: number },
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: onnxType(dtype),
    dataLocation: DataLocation.EXTERNAL,
    externalData: Object.entries(data).map(([key, value]) => ({ key, value: String(value) })),
  });
}

/** Name, type and shape of a graph's input or output; symbolic dimensions by name. */
export function valueInfo(name: string, dtype: DType, shape: readonly Dim[]): ValueInfoProto {
  const dim = shape.map((d) => ({
    value:
      typeof d === "number"
        ? { case: "dimValue" as const, value: BigInt(d) }
        : { case: "dimParam" as const, value: formatDim(d) },
  }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: { elemType: onnxType(dtype), shape: { dim } } } },
  });
}
