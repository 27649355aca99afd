export { type DdimCoefficients, ddimStep, guide } from "./ddim.ts";
export { addNoise, meanSquare, type Noised } from "./noise.ts";
export { checkSchedule, createSchedule, type Schedule, type ScheduleStep } from "./schedule.ts";
