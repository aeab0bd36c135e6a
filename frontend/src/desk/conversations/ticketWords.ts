import { spoken } from '../preferences'

const zh = {
  file: '登记工单',
  title: '从会话登记工单',
  about: '已按市民说的填好，请核对。登记后会在市民的渠道上告诉市民。',
  kind: '类别',
  matter: '反映的事情',
  happened: '什么时候',
  place: '在哪里',
  name: '姓名',
  phone: '电话',
  knownPhone: (phone: string) => `不填就用 ${phone}`,
  sent: '市民发来的，随工单一起交',
  confidential: '保密：不让被反映的单位知道是谁',
  filed: (number: string) => `已登记工单 ${number}`,
  tell: '请告诉市民单号和查询码：',
  tellText: (number: string, code: string) => `已为您登记工单，单号 ${number}，查询码 ${code}，请记下来，可以用它们查询办到哪一步了。`,
  insert: '填入回复',
  open: '看工单',
}

const en: typeof zh = {
  file: 'File a ticket',
  title: 'File a ticket from this conversation',
  about: 'Filled in from what the citizen said; please check. They are told of it on their channel.',
  kind: 'Kind',
  matter: 'What happened',
  happened: 'When',
  place: 'Where',
  name: 'Name',
  phone: 'Phone',
  knownPhone: (phone: string) => `Left empty, ${phone} is used`,
  sent: 'What the citizen sent, to go with the ticket',
  confidential: 'Confidential: the unit concerned does not learn who told it',
  filed: (number: string) => `Ticket ${number} is filed`,
  tell: 'Please tell the citizen the number and the code:',
  tellText: (number: string, code: string) => `I have filed ticket ${number} for you; its code is ${code}. Please keep both to see how far it has come.`,
  insert: 'Insert',
  open: 'Open the ticket',
}

export const words = spoken({ zh, en })
