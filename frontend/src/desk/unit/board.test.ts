import { describe, expect, it } from 'vitest'
import type { Part, Ticket } from '../tickets/model'
import { grouped, linesOf } from './board'

function part(changes: Partial<Part>): Part {
  return {
    unit: 'housing',
    role: 'lead',
    at: '2026-11-24T00:00:00Z',
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
  return {
    number,
    parts,
    state: 'signed',
    filed_at: '2026-11-23T00:00:00Z',
    round_at: '2026-11-24T00:00:00Z',
    return_asked: null,
    supervision: null,
    ...changes,
  } as Ticket
}

const OWN = ['housing', 'housing-south']
const NOW = Date.parse('2026-11-28T00:00:00Z')

describe('a unit’s board', () => {
  const supervision = {
    unit: 'housing',
    at: '2026-11-25T00:00:00Z',
    due: '2026-11-27T12:00:00Z',
    answered_at: null,
    answer: null,
    ended_at: null,
  }
  const replied = [part({ signed_at: '2026-11-26T00:00:00Z', answered_at: '2026-11-26T08:00:00Z' })]
  const unsigned = linesOf(ticket('unsigned', [part({})], { state: 'dispatched' }), OWN)
  const signed = linesOf(ticket('signed', [part({ signed_at: '2026-11-26T00:00:00Z' })]), OWN)
  const joint = linesOf(ticket('joint', [part({ unit: 'water' }), part({ role: 'joint', due: '2026-11-30T00:00:00Z' })]), OWN)
  const below = linesOf(ticket('below', [part({ unit: 'housing-south' })], { return_asked: 'asked' }), OWN)
  const held = linesOf(ticket('held', replied, { state: 'replied', supervision }), OWN)
  const lines = [...signed, ...unsigned, ...joint, ...below, ...held]
  const numbers = (group: Parameters<typeof grouped>[1]) => grouped(lines, group, NOW).map((line) => line.ticket.number)

  it('knows what each ticket waits for', () => {
    expect(lines.map((line) => line.waits)).toEqual(['reply', 'sign', 'joint', 'decision', 'explanation'])
  })

  it('knows nothing of the tickets of others', () => {
    expect(linesOf(ticket('other', [part({ unit: 'water' })]), OWN)).toEqual([])
    expect(linesOf(ticket('other', replied, { supervision: { ...supervision, unit: 'water' } }), OWN)).toEqual([])
  })

  it('has a line for each of two things that a ticket waits for, until it is explained', () => {
    const both = ticket('both', [part({ signed_at: '2026-11-26T00:00:00Z' })], { supervision })
    expect(linesOf(both, OWN).map((line) => line.waits)).toEqual(['reply', 'explanation'])
    for (const done of [{ answered_at: '2026-11-26T00:00:00Z' }, { ended_at: '2026-11-26T00:00:00Z' }]) {
      const after = { ...both, supervision: { ...supervision, ...done } }
      expect(linesOf(after, OWN).map((line) => line.waits)).toEqual(['reply'])
    }
  })

  it('counts the share of a limit from when it began', () => {
    expect([unsigned, signed, joint, held].map(([line]) => line?.since)).toEqual([
      '2026-11-24T00:00:00Z',
      '2026-11-24T00:00:00Z',
      '2026-11-24T00:00:00Z',
      '2026-11-25T00:00:00Z',
    ])
  })

  it('puts what is due first at the top', () => {
    expect(numbers('all')).toEqual(['unsigned', 'held', 'joint', 'signed', 'below'])
  })

  it('groups', () => {
    expect(numbers('sign')).toEqual(['unsigned'])
    expect(numbers('inHand')).toEqual(['signed', 'below'])
    expect(numbers('joint')).toEqual(['joint'])
    expect(numbers('supervised')).toEqual(['held'])
    expect(numbers('late')).toEqual(['unsigned', 'held'])
  })
})
