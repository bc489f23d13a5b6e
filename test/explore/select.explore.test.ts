import { describeScenarios } from "./describe-scenarios.ts"
import { selectScenarios } from "./scenarios/core-select.ts"

describeScenarios("select", selectScenarios)
