import { describeScenarios } from "./describe-scenarios.ts"
import { applicationScenarios } from "./scenarios/supervision-applications.ts"

describeScenarios("supervision-applications", applicationScenarios)
