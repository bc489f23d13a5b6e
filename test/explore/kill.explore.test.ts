import { describeScenarios } from "./describe-scenarios.ts"
import { killScenarios } from "./scenarios/core-kill.ts"

describeScenarios("kill", killScenarios)
