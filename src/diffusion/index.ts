export { type DdimCoefficients, ddimStep, guide } from "./ddim.ts";
export { createSchedule, type Schedule, type ScheduleStep } from "./schedule.ts";
