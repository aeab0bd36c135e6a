/** Every word of the page that is not a message. Chinese first; English says the same, not more. */

export interface Words {
  title: string
  hotline: string
  emergencyBefore: string
  largeText: string
  largeTextLabel: string
  otherLanguage: string
  otherLanguageLabel: string
  conversation: string
  greeting: string
  greetingHint: string
  examplesLabel: string
  elsewhere: string
  tell: string
  progress: string
  opening: string
  older: string
  loadingOlder: string
  newMessages: string
  renewed: string
  offline: string
  bot: string
  agent: string
  you: string
  busyWriting: string
  ownerBot: string
  ownerQueue: string
  ownerQueueAhead: (ahead: number) => string
  ownerAgent: string
  askPerson: string
  /** What pressing it says: the bot answers in the language it is asked in. */
  askPersonSays: string
  stopWaiting: string
  stopWaitingSays: string
  compose: string
  placeholder: string
  send: string
  attach: string
  attachFile: string
  attachPlace: string
  sending: string
  failed: string
  retry: string
  /** Why the gateway would not take it, and whether trying again can help. */
  refused: (code: string) => { reason: string; final: boolean }
  discard: string
  readByStaff: string
  image: string
  imageOpen: string
  imageMissing: string
  close: string
  file: string
  open: string
  fetching: string
  fetchFailed: string
  voice: string
  video: string
  place: string
  unsupported: string
  placeRefused: string
  fileKind: string
  fileSize: string
  tooLong: string
  yesterday: string
  day: (date: Date) => string
}

const zh: Words = {
  title: '一线 · 12345 热线',
  hotline: '热线',
  emergencyBefore: '紧急情况请直接拨',
  largeText: '大字',
  largeTextLabel: '大字模式',
  otherLanguage: 'EN',
  otherLanguageLabel: 'EN, switch to English',
  conversation: '对话',
  greeting: '您好，想问什么？',
  greetingHint: '直接写下来就行。大家常问：',
  examplesLabel: '常问的问题',
  elsewhere: '有事要办，也可以一步步填：',
  tell: '告诉我们',
  progress: '办到哪一步了',
  opening: '正在打开对话',
  older: '看更早的消息',
  loadingOlder: '正在取更早的消息',
  newMessages: '有新消息',
  renewed: '上一段对话已经结束，这是一段新的对话。',
  offline: '连接断了，正在重连。您的话会留着。',
  bot: '智能客服',
  agent: '人工客服',
  you: '您',
  busyWriting: '对方正在处理',
  ownerBot: '智能客服为您解答',
  ownerQueue: '等人工客服接手',
  ownerQueueAhead: (ahead) => (ahead > 0 ? `正在排队，前面还有${ahead}位` : '正在排队，下一位就是您'),
  ownerAgent: '人工客服为您服务',
  askPerson: '转人工',
  askPersonSays: '转人工',
  stopWaiting: '取消排队',
  stopWaitingSays: '取消排队',
  compose: '写消息',
  placeholder: '写下您的问题',
  send: '发送',
  attach: '发图片、文件或位置',
  attachFile: '图片或 PDF',
  attachPlace: '我现在的位置',
  sending: '正在发出',
  failed: '未发出，',
  retry: '点按重试',
  refused: (code) => {
    const reason = {
      file_gone: '文件已经不在了，请重新选一次',
      too_large: '太大了，文件最多 10 MB',
      unsupported_type: '这种文件发不了，请换成图片或 PDF',
    }[code]
    return { reason: reason ?? '没能发出，', final: reason !== undefined }
  },
  discard: '不发了',
  readByStaff: '已读',
  image: '图片',
  imageOpen: '看大图',
  imageMissing: '图片打不开',
  close: '关闭',
  file: '文件',
  open: '打开',
  fetching: '正在打开',
  fetchFailed: '没打开，点按重试',
  voice: '语音',
  video: '视频',
  place: '位置',
  unsupported: '这条消息在网页上看不了',
  placeRefused: '没能取到位置，请直接写下地址。',
  fileKind: '这种文件发不了，请选图片或 PDF。',
  fileSize: '文件太大，最多 10 MB。',
  tooLong: '一次最多4000字，请分几次写。',
  yesterday: '昨天',
  day: (date) => `${date.getMonth() + 1}月${date.getDate()}日`,
}

const en: Words = {
  title: 'Yixian · 12345 hotline',
  hotline: 'hotline',
  emergencyBefore: 'Emergency? Call',
  largeText: 'Large',
  largeTextLabel: 'Large text',
  otherLanguage: '中文',
  otherLanguageLabel: '切换到中文',
  conversation: 'Conversation',
  greeting: 'Hello. How can we help?',
  greetingHint: 'Answers are in Chinese. People often ask:',
  examplesLabel: 'Questions people often ask',
  elsewhere: 'To have something done, fill it in step by step:',
  tell: 'Tell us',
  progress: 'Progress',
  opening: 'Opening the conversation',
  older: 'Show earlier messages',
  loadingOlder: 'Fetching earlier messages',
  newMessages: 'New messages',
  renewed: 'Your earlier conversation has ended. This is a new one.',
  offline: 'Reconnecting. What you write is kept.',
  bot: 'Assistant',
  agent: 'Hotline staff',
  you: 'You',
  busyWriting: 'Working on a reply',
  ownerBot: 'Assistant',
  ownerQueue: 'Waiting for staff',
  ownerQueueAhead: (ahead) => (ahead > 0 ? `In the queue, ${ahead} ahead` : 'In the queue, you are next'),
  ownerAgent: 'Staff are with you',
  askPerson: 'Talk to staff',
  askPersonSays: 'agent',
  stopWaiting: 'Stop waiting',
  stopWaitingSays: 'stop waiting',
  compose: 'Write a message',
  placeholder: 'Ask here',
  send: 'Send',
  attach: 'Send a picture, a file or your location',
  attachFile: 'Picture or PDF',
  attachPlace: 'Where I am now',
  sending: 'Sending',
  failed: 'Not sent.\u00a0',
  retry: 'Tap to retry',
  refused: (code) => {
    const reason = {
      file_gone: 'The file is no longer here. Please choose it again',
      too_large: 'Too large. Files may have 10 MB at most',
      unsupported_type: 'Only pictures and PDFs can be sent',
    }[code]
    return { reason: reason ?? 'Could not be sent.\u00a0', final: reason !== undefined }
  },
  discard: 'Discard',
  readByStaff: 'Read',
  image: 'Picture',
  imageOpen: 'View larger',
  imageMissing: 'The picture cannot be shown',
  close: 'Close',
  file: 'File',
  open: 'Open',
  fetching: 'Opening',
  fetchFailed: 'Could not open. Tap to retry',
  voice: 'Voice message',
  video: 'Video',
  place: 'Location',
  unsupported: 'This message cannot be shown here',
  placeRefused: 'Your location is not available. Please write the address instead.',
  fileKind: 'Only pictures and PDFs can be sent.',
  fileSize: 'The file is too large, 10 MB at most.',
  tooLong: 'At most 4,000 characters at a time. Please send it in parts.',
  yesterday: 'Yesterday',
  day: (date) => date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' }),
}

export type Language = 'zh' | 'en'

export const words: Record<Language, Words> = { zh, en }

/** Questions the sample knowledge base answers. They are asked in Chinese; `gloss` says in English what they mean. */
export const examples: readonly { question: string; gloss: string }[] = [
  { question: '身份证到期了怎么换？', gloss: 'Renewing an expired ID card' },
  { question: '公司拖欠工资怎么办？', gloss: 'My employer owes me wages' },
  { question: '夜间施工噪音怎么投诉？', gloss: 'Noise from a building site at night' },
  { question: '社保卡丢了怎么补办？', gloss: 'Replacing a lost social security card' },
]
