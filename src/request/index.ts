/** What a person can ask for, written down once. Light to load: nothing of the library is needed to tell it. */
export { commandLineOf, toArguments } from "./arguments.ts";
export type { Field, Fields, Need } from "./field.ts";
export {
  ALL_FIELDS,
  askedFields,
  CLIP,
  defaultOf,
  type FieldKey,
  type FieldValue,
  fieldOf,
  fieldsOf,
  HAND_MASK,
  isFieldKey,
  KNOBS,
  METHOD,
  MODEL,
  MOUNTED,
  pickFields,
  TUNE,
} from "./fields/index.ts";
export { jsonSchema } from "./json-schema.ts";
export { commandOf, configNames, flagNames, flagOf } from "./names.ts";
export type {
  ClipOptions,
  HandMaskOptions,
  KnobOptions,
  MethodOptions,
  ModelOptions,
  MountOptions,
  NullTextOptions,
  SceneOptions,
  SeeingOptions,
  Sweep,
  SweptField,
  WindowOptions,
} from "./options.ts";
export type {
  DescribeRequest,
  EditMethod,
  EditRequest,
  EvalRequest,
  InvertRequest,
  MapsRequest,
  PlanRequest,
  RankRequest,
  RequestKind,
  Requests,
  RunRequest,
  Table1Request,
  TuneRequest,
} from "./types.ts";
export { codecOf, type JsonSchema, sweptValue } from "./values/codecs.ts";
export { sweptName } from "./values/sweeps.ts";
