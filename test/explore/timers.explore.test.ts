import { describeScenarios } from "./describe-scenarios.ts"
import { timerScenarios } from "./scenarios/core-timers.ts"

describeScenarios("timers", timerScenarios)
