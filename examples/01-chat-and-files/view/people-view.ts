import { shortId } from '../names.ts'
import type { Person } from '../person.ts'
import { byId, fromTemplate, part } from './dom.ts'
import { drawStar } from './star.ts'

const STATES = { here: '', calling: 'connecting', silent: 'not reachable' } as const

/** The list of people. `sendFile` is told whom a file was chosen or dropped for. */
export class PeopleView {
  readonly #list = byId('people')
  readonly #rows = new Map<string, HTMLElement>()
  readonly #file = byId<HTMLInputElement>('file')
  readonly #sendFile: (person: Person, file: File) => void
  #chosen: Person | undefined

  constructor(sendFile: (person: Person, file: File) => void) {
    this.#sendFile = sendFile
    this.#file.addEventListener('change', () => {
      const file = this.#file.files?.[0]
      if (file !== undefined && this.#chosen !== undefined) sendFile(this.#chosen, file)
      this.#file.value = ''
    })
  }

  show(people: readonly Person[], online: boolean): void {
    const listed = new Set(people.map(({ address }) => address))
    for (const [address, row] of this.#rows) {
      if (listed.has(address)) continue
      row.remove()
      this.#rows.delete(address)
    }
    for (const person of people) this.#fill(this.#rows.get(person.address) ?? this.#add(person), person)
    const here = people.filter(({ state }) => state === 'here').length
    byId('count').textContent = people.length === 0 ? '' : `${here} of ${people.length} reachable`
    byId('alone').hidden = people.length > 0 || !online
  }

  #add(person: Person): HTMLElement {
    const row = fromTemplate('person-row')
    drawStar(part<SVGSVGElement>(row, '.avatar'), person.id)
    part(row, 'code').textContent = shortId(person.id)
    part(row, 'code').title = `Peer id ${person.id}`
    part(row, '.send-file').addEventListener('click', () => {
      this.#chosen = person
      this.#file.click()
    })
    row.addEventListener('dragover', (event) => {
      if (person.state !== 'here') return
      event.preventDefault()
      row.classList.add('over')
    })
    row.addEventListener('dragleave', () => row.classList.remove('over'))
    row.addEventListener('drop', (event) => {
      event.preventDefault()
      row.classList.remove('over')
      for (const file of event.dataTransfer?.files ?? []) this.#sendFile(person, file)
    })
    this.#rows.set(person.address, row)
    this.#list.append(row)
    return row
  }

  #fill(row: HTMLElement, { nick, state, id }: Person): void {
    row.dataset.state = state
    part(row, '.nick').textContent = nick
    part(row, '.state').textContent = STATES[state]
    const button = part<HTMLButtonElement>(row, '.send-file')
    button.disabled = state !== 'here'
    button.setAttribute('aria-label', `Send a file to ${nick} ${shortId(id)}`)
  }
}
