import { spoken } from '../preferences'

const zh = {
  title: '督办',
  which: '看哪些',
  overdue: '超期',
  supervised: '督办中',
  cards: '黄牌红牌',
  appeals: '申诉',
  unit: '全部单位',
  noneOverdue: '没有超期的工单',
  noneSupervised: '没有督办中的工单',
  noneSupervisedHint: '在工单页上按“督办”，单位要在时限内书面说明。',
  noCards: '没有符合的黄牌红牌',
  noAppeals: '没有申诉',
  month: '月份',
  everyMonth: '全部月份',
  colour: '颜色',
  bothColours: '黄牌和红牌',
  columns: { card: '牌', title: '工单', unit: '单位', cause: '起因', at: '发牌', appeal: '申诉', act: '处理' },
  asked: (by: string, reason: string) => `${by}：${reason}`,
  answer: (said: string) => `裁定：${said}`,
}

const en: typeof zh = {
  title: 'Supervision',
  which: 'Which',
  overdue: 'Overdue',
  supervised: 'Supervised',
  cards: 'Cards',
  appeals: 'Appeals',
  unit: 'All units',
  noneOverdue: 'Nothing is overdue',
  noneSupervised: 'Nothing is supervised',
  noneSupervisedHint: 'Press “Supervise” on a ticket, and the unit has to explain itself in writing.',
  noCards: 'No card matches',
  noAppeals: 'No appeals',
  month: 'Month',
  everyMonth: 'Every month',
  colour: 'Colour',
  bothColours: 'Yellow and red',
  columns: { card: 'Card', title: 'Ticket', unit: 'Unit', cause: 'Cause', at: 'Given', appeal: 'Appeal', act: 'To do' },
  asked: (by: string, reason: string) => `${by}: ${reason}`,
  answer: (said: string) => `Decision: ${said}`,
}

export const words = spoken({ zh, en })
