import { describeScenarios } from "./describe-scenarios.ts"
import { groupScenarios } from "./scenarios/core-groups.ts"

describeScenarios("groups", groupScenarios)
