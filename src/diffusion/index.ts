export { type DdimCoefficients, ddimStep, guide } from "./ddim.ts";
export { checkSchedule, createSchedule, type Schedule, type ScheduleStep } from "./schedule.ts";
