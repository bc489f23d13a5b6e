import { describeScenarios } from "./describe-scenarios.ts"
import { primitiveScenarios } from "./scenarios/core-primitives.ts"

describeScenarios("primitives", primitiveScenarios)
