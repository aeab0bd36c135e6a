import { describe, expect, it } from 'vitest'
import type { Part, Ticket } from '../tickets/model'
import { grouped, lineOf } from './board'

function part(changes: Partial<Part>): Part {
  return {
    unit: 'housing',
    role: 'lead',
    due: '2026-12-01T00:00:00Z',
    sign_due: '2026-11-27T00:00:00Z',
    signed_at: null,
    contacted_at: null,
    answered_at: null,
    answer: null,
    ...changes,
  }
}

function ticket(number: string, parts: Part[], changes: Partial<Ticket> = {}): Ticket {
  return { number, parts, return_asked: null, ...changes } as Ticket
}

const OWN = ['housing', 'housing-south']
const NOW = Date.parse('2026-11-28T00:00:00Z')

describe('a unit’s board', () => {
  const unsigned = lineOf(ticket('unsigned', [part({})]), OWN)
  const signed = lineOf(ticket('signed', [part({ signed_at: '2026-11-26T00:00:00Z' })]), OWN)
  const joint = lineOf(ticket('joint', [part({ unit: 'water' }), part({ role: 'joint', due: '2026-11-30T00:00:00Z' })]), OWN)
  const below = lineOf(ticket('below', [part({ unit: 'housing-south' })], { return_asked: 'asked' }), OWN)
  const lines = [signed, unsigned, joint, below].filter((line) => line !== null)
  const numbers = (group: Parameters<typeof grouped>[1]) => grouped(lines, group, NOW).map((line) => line.ticket.number)

  it('knows what each ticket waits for', () => {
    expect(lines.map((line) => line.waits)).toEqual(['reply', 'sign', 'joint', 'decision'])
  })

  it('knows nothing of the tickets of others', () => {
    expect(lineOf(ticket('other', [part({ unit: 'water' })]), OWN)).toBeNull()
  })

  it('puts what is due first at the top', () => {
    expect(numbers('all')).toEqual(['unsigned', 'joint', 'signed', 'below'])
  })

  it('groups', () => {
    expect(numbers('sign')).toEqual(['unsigned'])
    expect(numbers('inHand')).toEqual(['signed', 'below'])
    expect(numbers('joint')).toEqual(['joint'])
    expect(numbers('late')).toEqual(['unsigned'])
  })
})
