import { describeScenarios } from "./describe-scenarios.ts"
import { lifeScenarios } from "./scenarios/actors-lives.ts"

describeScenarios("actors-lives", lifeScenarios)
