import { describeScenarios } from "./describe-scenarios.ts"
import { taskletScenarios } from "./scenarios/core-tasklets.ts"

describeScenarios("tasklets", taskletScenarios)
