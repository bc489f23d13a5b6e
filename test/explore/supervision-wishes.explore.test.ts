import { describeScenarios } from "./describe-scenarios.ts"
import { wishScenarios } from "./scenarios/supervision-wishes.ts"

describeScenarios("supervision-wishes", wishScenarios)
