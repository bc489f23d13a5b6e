import { describeScenarios } from "./describe-scenarios.ts"
import { poolScenarios } from "./scenarios/net-pools.ts"

describeScenarios("net-pools", poolScenarios)
