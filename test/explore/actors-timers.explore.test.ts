import { describeScenarios } from "./describe-scenarios.ts"
import { actorTimerScenarios } from "./scenarios/actors-timers.ts"

describeScenarios("actors-timers", actorTimerScenarios)
