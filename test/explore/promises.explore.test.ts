import { describeScenarios } from "./describe-scenarios.ts"
import { promiseScenarios } from "./scenarios/core-promises.ts"

describeScenarios("promises", promiseScenarios)
