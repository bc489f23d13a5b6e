/** Which message is being handled: by the main tasklet, or beside it in a re-entrant call. */
import { realm } from "@vivarium/core/lowlevel"
import type { Cell } from "./cell.ts"
import type { Envelope } from "./envelope.ts"

export function currentEnvelope(cell: Cell): Envelope | null {
  const beside = cell.extras?.handledBeside
  if (beside == null || realm.current === null) return cell.current
  return beside.get(realm.current) ?? cell.current
}
