export { ddimInversionStep, ddimStep, guide } from "./ddim.ts";
export { alphaAt, alphaBelow, createSchedule, type Schedule } from "./schedule.ts";
