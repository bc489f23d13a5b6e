import { describeScenarios } from "./describe-scenarios.ts"
import { strategyScenarios } from "./scenarios/supervision-strategies.ts"

describeScenarios("supervision-strategies", strategyScenarios)
