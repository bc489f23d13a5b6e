import { describeScenarios } from "./describe-scenarios.ts"
import { startFunctionScenarios } from "./scenarios/supervision-start-functions.ts"

describeScenarios("supervision-start-functions", startFunctionScenarios)
