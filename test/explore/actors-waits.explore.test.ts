import { describeScenarios } from "./describe-scenarios.ts"
import { waitScenarios } from "./scenarios/actors-waits.ts"

describeScenarios("actors-waits", waitScenarios)
