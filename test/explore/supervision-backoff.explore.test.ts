import { describeScenarios } from "./describe-scenarios.ts"
import { backoffScenarios } from "./scenarios/supervision-backoff.ts"

describeScenarios("supervision-backoff", backoffScenarios)
