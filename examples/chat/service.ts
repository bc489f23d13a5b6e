/**
 * The tree: members, rooms, and the server that brings people in.
 *
 * It is rest_for_one, in the order of needs: rooms tell members, and the server's connections speak to both. A room that crashes is the rooms' affair. If rooms crash
 * so often that their supervisor gives up, something is wrong that no room can mend: then the server begins anew as well, and connections end.
 */
import { child, dynamicSupervisor, supervisor, type SupervisorRef, type Tree } from "@vivarium/supervision"
import type { Directory } from "./directory.ts"
import { ChatServer } from "./server.ts"
import type { ChatSettings } from "./settings.ts"

export function chat(settings: ChatSettings, directory: Directory): Tree<SupervisorRef> {
  return supervisor({
    id: "chat",
    strategy: "rest_for_one",
    children: [
      dynamicSupervisor({ id: "members", name: "members" }),
      dynamicSupervisor({ id: "rooms", name: "rooms", maxRestarts: 20, withinMs: 1_000 }),
      child(ChatServer, { id: "server", name: "server", args: [settings, directory], shutdownMs: 2 * settings.farewellMs }),
    ],
  })
}
