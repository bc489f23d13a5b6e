import { describeScenarios } from "./describe-scenarios.ts"
import { nameScenarios } from "./scenarios/actors-names.ts"

describeScenarios("actors-names", nameScenarios)
