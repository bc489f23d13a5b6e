import { describeScenarios } from "./describe-scenarios.ts"
import { taskScenarios } from "./scenarios/actors-tasks.ts"

describeScenarios("actors-tasks", taskScenarios)
