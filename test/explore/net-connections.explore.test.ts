import { describeScenarios } from "./describe-scenarios.ts"
import { connectionScenarios } from "./scenarios/net-connections.ts"

describeScenarios("net-connections", connectionScenarios)
