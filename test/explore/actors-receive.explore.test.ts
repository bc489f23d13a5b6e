import { describeScenarios } from "./describe-scenarios.ts"
import { receiveScenarios } from "./scenarios/actors-receive.ts"

describeScenarios("actors-receive", receiveScenarios)
