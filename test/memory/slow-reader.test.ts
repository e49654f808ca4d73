import { expect } from 'chai'
import { requireComponent } from '../../scripts/components/index.ts'
import type { Maker } from '../interop/cast.ts'
import { Pool } from '../interop/pool.ts'
import type { ErrorReport } from '../interop/roles/commands.ts'
import { seededHash } from '../interop/seeded.ts'
import { isFullRun } from './full-run.ts'
import { MIB } from './rss.ts'
import {
  BACK_WITHIN_BYTES,
  CHUNK_BYTES,
  isCutExpected,
  type Measured,
  play,
  type Reader,
  SCENARIO_LIMIT_MS,
  type Scenario,
} from './slow-reader.ts'

const MAKERS: readonly Maker[] = ['ours', 'legacy']
const READERS: readonly Reader[] = ['stopped', 'unread', 'half-speed']
const PUSHED_BYTES = 400_000_000
/** The promise: so far may a server rise while one reader stands still. */
const RISE_LIMIT_BYTES = 64 * MIB
/** What is kept for a reader before its writer is held (PROTOCOL.md, PS): a cut before that comes too early. */
const STATED_BACKLOG_BYTES = 4 * MIB
/** How many scenarios run at once, on two cores: most of a scenario is waiting. */
const AT_ONCE = 4

const ALL: readonly Scenario[] = READERS.flatMap((reader) =>
  MAKERS.flatMap((sender) => MAKERS.map((receiver) => ({ sender, receiver, reader, bytes: PUSHED_BYTES }))),
)
/**
 * A legacy receiver that runs takes everything into its own memory at full
 * speed: to the server that is a transfer like any other. `npm run test:memory`
 * has these as well.
 */
const SCENARIOS = ALL.filter(
  ({ reader, receiver }) => isFullRun || reader === 'stopped' || receiver === 'ours',
)

describe('PS: the memory of a server while a sender pushes 400 MB', function () {
  this.timeout(SCENARIO_LIMIT_MS * 2)
  requireComponent('legacy')
  const pool = new Pool<Scenario, Measured>(AT_ONCE, play)

  before(() => pool.start(SCENARIOS))

  for (const scenario of SCENARIOS) {
    const { sender, receiver, reader } = scenario
    it(`${sender} sender, ${receiver} receiver: ${reader}`, async () => {
      const measured = await pool.result(scenario)
      tell(measured)
      expect(measured.risenBytes, 'bytes above the base at most, warm-up included').to.be.at.most(
        RISE_LIMIT_BYTES,
      )
      expect(measured.aboveBytes, 'bytes above the base in the end').to.be.at.most(BACK_WITHIN_BYTES)
      if (isCutExpected(scenario)) expectCut(scenario, measured)
      else expectWhole(measured)
    })
  }
})

/** The stream was cut, not before the stated backlog, and both applications can read why. */
function expectCut({ sender, receiver }: Scenario, measured: Measured): void {
  const { sent, sendersRead, received, beforeStop } = measured
  // the legacy sink hears nothing of the other side: its application learns of the cut where it reads
  if (sender === 'ours') expectBacklogError('ours', sent.error)
  expectBacklogError(sender, sendersRead.error)
  expectBacklogError(receiver, received.error)
  const backlog = sent.bytes - beforeStop
  expect(backlog, 'bytes that were on their way').to.be.at.least(STATED_BACKLOG_BYTES)
}

function expectBacklogError(maker: Maker, error: ErrorReport | undefined): void {
  if (maker === 'ours') expect(error?.code).to.equal('ERR_STREAM_BACKLOG')
  else expect(error?.message ?? 'a clean end').to.include('ERR_STREAM_BACKLOG')
}

/** Everything arrived. */
function expectWhole({ sent, received, notes }: Measured): void {
  expect(sent.error, notes).to.equal(undefined)
  expect(received.error, notes).to.equal(undefined)
  expect(received.bytes).to.equal(PUSHED_BYTES)
  expect(received.sha256).to.equal(
    seededHash({ seed: 'pushed', bytes: PUSHED_BYTES, chunkBytes: CHUNK_BYTES }),
  )
}

/** The figures, for whoever reads the output of the tests. */
function tell({ risenBytes, aboveBytes, sent, received }: Measured): void {
  const mib = (bytes: number) => `${(bytes / MIB).toFixed(1)} MiB`
  process.stderr.write(
    `      risen ${mib(risenBytes)}, in the end ${mib(aboveBytes)}; ` +
      `sent ${mib(sent.bytes)} in ${sent.ms} ms, received ${mib(received.bytes)}\n`,
  )
}
