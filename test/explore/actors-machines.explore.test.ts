import { describeScenarios } from "./describe-scenarios.ts"
import { machineScenarios } from "./scenarios/actors-machines.ts"

describeScenarios("actors-machines", machineScenarios)
