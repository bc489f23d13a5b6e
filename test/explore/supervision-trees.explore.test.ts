import { describeScenarios } from "./describe-scenarios.ts"
import { treeScenarios } from "./scenarios/supervision-trees.ts"

describeScenarios("supervision-trees", treeScenarios)
