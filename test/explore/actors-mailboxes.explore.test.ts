import { describeScenarios } from "./describe-scenarios.ts"
import { mailboxScenarios } from "./scenarios/actors-mailboxes.ts"

describeScenarios("actors-mailboxes", mailboxScenarios)
