export { ddimInversionStep, ddimStep, guide } from "./ddim.ts";
export { alphaAt, createSchedule, type PredictionType, type Schedule } from "./schedule.ts";
