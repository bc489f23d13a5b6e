import { describeScenarios } from "./describe-scenarios.ts"
import { stopScenarios } from "./scenarios/supervision-stops.ts"

describeScenarios("supervision-stops", stopScenarios)
