import { describeScenarios } from "./describe-scenarios.ts"
import { dynamicScenarios } from "./scenarios/supervision-dynamic.ts"

describeScenarios("supervision-dynamic", dynamicScenarios)
