import { describeScenarios } from "./describe-scenarios.ts"
import { exitScenarios } from "./scenarios/actors-exits.ts"

describeScenarios("actors-exits", exitScenarios)
