import {
  type Component,
  type ConfigReader,
  configFileOf,
  type JsonObject,
  readConfig,
} from "../checkpoint/index.ts";
import { isJsonObject } from "../json.ts";

/** A tower's keys: those of its object, over which old files put those of `…_dict`. */
function keysOf(config: JsonObject, key: "text_config" | "vision_config", file: string): JsonObject {
  const parts = [config[key], config[`${key}_dict`]].filter((part) => part !== undefined && part !== null);
  if (!parts.every(isJsonObject)) throw readConfig(config, file).wrong(key, "an object of settings");
  return Object.assign({}, ...parts);
}

/** The configuration of one of two towers, as transformers nests them in one file. */
export function towerConfig(component: Component, key: "text_config" | "vision_config"): ConfigReader {
  const file = configFileOf(component);
  return readConfig(keysOf(component.config, key, file), `${file}, ${key}`);
}
