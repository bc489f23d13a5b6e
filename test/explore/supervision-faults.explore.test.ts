import { describeScenarios } from "./describe-scenarios.ts"
import { faultScenarios } from "./scenarios/supervision-faults.ts"

describeScenarios("supervision-faults", faultScenarios)
