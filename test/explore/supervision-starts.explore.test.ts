import { describeScenarios } from "./describe-scenarios.ts"
import { startScenarios } from "./scenarios/supervision-starts.ts"

describeScenarios("supervision-starts", startScenarios)
