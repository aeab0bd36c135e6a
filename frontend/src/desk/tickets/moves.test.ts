import { describe, expect, it } from 'vitest'
import type { Ticket } from './model'
import { bodyOf, cardsFor, firstValues, formOf, isAsked, missing, ordered } from './moves'

const TICKET: Ticket = {
  number: 'DG202611260000011',
  kind: 'complaint',
  state: 'replied',
  title: '电梯坏了',
  matter: '电梯坏了三天',
  happened: '',
  place: { label: '', unit: null },
  category: '',
  confidential: false,
  urgent: false,
  complex: false,
  via: 'phone',
  filed_at: '2026-11-24T00:00:00Z',
  unit: 'housing',
  round_at: null,
  due: '2026-12-01T00:00:00Z',
  limit: '5wd',
  round: 0,
  parts: [],
  reply: '已经修好。',
  call_back: null,
  return_asked: null,
  extension_asked: null,
  supervised: false,
  supervision: null,
  cards: [],
  verdict: null,
  solved: null,
  merged_into: null,
  events: 4,
  moves: [],
}

describe('moves', () => {
  it('come with what the ticket waits for first, and without what the page does not know', () => {
    expect(ordered(['note', 'merge', 'dispatch', 'fly', 'answer'])).toEqual(['dispatch', 'answer', 'merge', 'note'])
  })

  it('are all asked for with something to send', () => {
    const all = ordered(
      'sign dispatch approve decide_return decide_extension decide_appeal answer_supervision reply reply_jointly call_back contact answer send_back decline ask_return ask_extension appeal close supervise end_supervision give_card add_joint merge mark recuse note'.split(
        ' ',
      ),
    )
    expect(all).toHaveLength(26)
    for (const move of all) expect(bodyOf(move, formOf(move, TICKET), {})).toEqual({ move })
  })

  it('say what is missing, and not what is optional', () => {
    const form = formOf('dispatch', TICKET)
    expect(missing(form, firstValues(form))).toEqual(['lead'])
    expect(missing(formOf('send_back', TICKET), { reason: '  ' })).toEqual(['reason'])
  })
})

describe('a dispatch', () => {
  it('names its units and how they were found', () => {
    const form = formOf('dispatch', TICKET)
    const values = { ...firstValues(form), lead: 'housing', note: ' 老人住五楼 ' }
    expect(bodyOf('dispatch', form, values)).toEqual({ move: 'dispatch', lead: 'housing', mode: 'function', note: '老人住五楼' })
  })
})

describe('a call back', () => {
  it('asks for a verdict only of who was reached', () => {
    const form = formOf('call_back', TICKET)
    const verdict = form.particulars.find((one) => one.name === 'verdict')
    expect(verdict && isAsked(verdict, { reached: 'false' })).toBe(false)
    expect(bodyOf('call_back', form, { reached: 'false', solved: 'true', verdict: 'satisfied' })).toEqual({
      move: 'call_back',
      reached: false,
    })
    expect(bodyOf('call_back', form, { reached: 'true', solved: 'false', verdict: 'dissatisfied' })).toEqual({
      move: 'call_back',
      reached: true,
      solved: false,
      verdict: 'dissatisfied',
    })
  })
})

describe('an approval', () => {
  it('sends the reply only when it was changed', () => {
    const form = formOf('approve', TICKET)
    expect(bodyOf('approve', form, firstValues(form))).toEqual({ move: 'approve' })
    expect(bodyOf('approve', form, { text: '电梯已经修好。' })).toEqual({ move: 'approve', text: '电梯已经修好。' })
  })
})

describe('a mark', () => {
  it('sends only what was changed', () => {
    const form = formOf('mark', TICKET)
    expect(bodyOf('mark', form, { ...firstValues(form), urgent: true, reason: '老人被困' })).toEqual({
      move: 'mark',
      urgent: true,
      reason: '老人被困',
    })
  })
})

describe('an extension', () => {
  it('is asked for in workdays', () => {
    const form = formOf('ask_extension', TICKET)
    expect(bodyOf('ask_extension', form, { workdays: '2.5', reason: '等配件' })).toEqual({
      move: 'ask_extension',
      workdays: 2.5,
      reason: '等配件',
    })
  })
})

describe('a reply', () => {
  it('asks whether to wait only when a joint unit has not answered', () => {
    const joint = { unit: 'water', role: 'joint' as const, at: '', due: '', sign_due: '', signed_at: null, contacted_at: null, answered_at: null, answer: null }
    expect(formOf('reply', TICKET).particulars).toHaveLength(1)
    expect(formOf('reply', { ...TICKET, parts: [joint] }).particulars).toHaveLength(2)
  })
})

describe('cards', () => {
  it('are appealed by their own unit, once', () => {
    const card = { id: 'yellow:1', colour: 'yellow' as const, cause: 'overdue', unit: 'housing', at: '', stands: true, appeal: null }
    const appealed = { ...card, id: 'yellow:2', appeal: 'asked' as const }
    const ticket = { ...TICKET, cards: [card, appealed, { ...card, id: 'yellow:3', unit: 'water' }] }
    expect(cardsFor('appeal', ticket, ['housing'])?.map((one) => one.id)).toEqual(['yellow:1'])
    expect(cardsFor('decide_appeal', ticket, [])?.map((one) => one.id)).toEqual(['yellow:2'])
    expect(cardsFor('reply', ticket, ['housing'])).toBeNull()
  })
})
