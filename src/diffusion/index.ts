export { ddimInversionStep, ddimStep, guide } from "./ddim.ts";
export { createSchedule, type PredictionType, type Schedule } from "./schedule.ts";
