import { describeScenarios } from "./describe-scenarios.ts"
import { restartScenarios } from "./scenarios/supervision-restarts.ts"

describeScenarios("supervision-restarts", restartScenarios)
