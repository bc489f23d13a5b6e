import { describeScenarios } from "./describe-scenarios.ts"
import { callScenarios } from "./scenarios/actors-calls.ts"

describeScenarios("actors-calls", callScenarios)
