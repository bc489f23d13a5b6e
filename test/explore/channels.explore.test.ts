import { describeScenarios } from "./describe-scenarios.ts"
import { channelScenarios } from "./scenarios/core-channels.ts"

describeScenarios("channels", channelScenarios)
