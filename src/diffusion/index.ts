export { ddimInversionStep, ddimStep, guide } from "./ddim.ts";
export { alphaAt, createSchedule, type Schedule } from "./schedule.ts";
