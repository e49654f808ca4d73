import type { Transfer } from '../transfer.ts'
import { fromTemplate, part } from './dom.ts'
import { formatBytes, formatSeconds, formatSpeed } from './format.ts'

/** The card of one transfer; `draw` shows how it stands. */
export function createTransferCard(transfer: Transfer, sendAgain: () => void) {
  const row = fromTemplate('transfer-row')
  const action = <T extends HTMLElement>(name: string) => part<T>(row, `[data-do=${name}]`)
  const [accept, decline, cancel, again] = ['accept', 'decline', 'cancel', 'again'].map(action)
  const save = action<HTMLAnchorElement>('save')
  const bar = part<HTMLProgressElement>(row, 'progress')
  const card = part(row, '.card')
  part(row, '.name').textContent = transfer.name
  part(row, '.size').textContent = formatBytes(transfer.size)
  bar.setAttribute('aria-label', `Progress of ${transfer.name}`)
  // whoever hears one button after the other hears which file it is about
  for (const control of card.querySelectorAll('[data-do]'))
    control.setAttribute('aria-label', `${control.textContent} ${transfer.name}`)
  accept?.addEventListener('click', () => transfer.decide('accept'))
  decline?.addEventListener('click', () => transfer.decide('decline'))
  cancel?.addEventListener('click', () => transfer.cancel())
  again?.addEventListener('click', sendAgain)

  const show = (element: HTMLElement | undefined, visible: boolean) => {
    if (element !== undefined) element.hidden = !visible
  }

  const draw = (): void => {
    const { state, direction, size, bytes, ended, blob } = transfer
    const asked = state === 'waiting' && direction === 'in'
    const focused = document.activeElement
    row.dataset.transfer = state
    bar.value = size === 0 ? Number(state === 'done') : bytes / size
    show(bar, state === 'moving' || state === 'checking' || (state !== 'done' && bytes > 0))
    part(row, '.figures').textContent = figures(transfer)
    part(row, '.outcome').textContent = outcome(transfer)
    part(row, '.proof code').textContent = transfer.sha256
    show(part(row, '.proof'), state === 'done')
    show(accept, asked)
    show(decline, asked)
    show(cancel, !ended && !asked)
    show(again, ended && state !== 'done' && direction === 'out')
    show(save, blob !== undefined)
    if (blob !== undefined && save.download === '') {
      save.href = URL.createObjectURL(blob)
      save.download = transfer.name
    }
    // a control that goes takes the keyboard's place in the page with it
    if (focused instanceof HTMLElement && focused.hidden && card.contains(focused)) card.focus()
  }
  draw()
  return { row, draw }
}

function figures({ state, bytes, size, speed }: Transfer): string {
  if (state !== 'moving') return ''
  const left = speed > 0 ? `, ${formatSeconds((size - bytes) / speed)} left` : ''
  return `${formatBytes(bytes)} of ${formatBytes(size)} at ${formatSpeed(speed)}${left}`
}

function outcome({ state, direction, person, reason, bytes, size, speed, seconds }: Transfer): string {
  switch (state) {
    case 'waiting':
      return direction === 'out'
        ? `Waiting for ${person.nick} to accept.`
        : `${person.nick} wants to send you this.`
    case 'moving':
      return ''
    case 'checking':
      return `${person.nick} is checking it.`
    case 'done':
      return `Arrived whole, SHA-256 checked. ${formatSeconds(seconds)} at ${formatSpeed(speed)}.`
    case 'declined':
    case 'cancelled':
      return reason
    case 'failed':
      return `Interrupted at ${formatBytes(bytes)} of ${formatBytes(size)}. ${reason}`
    default:
      return state satisfies never
  }
}
