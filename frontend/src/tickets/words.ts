/** Every word of the ticket pages. Chinese first; English says the same, not more. */
import type { Kind, Verdict } from '@/api/tickets'
import type { Language } from '@/chat/words'
import type { Problem } from './draft'

export interface Words {
  title: string
  views: string
  tell: string
  look: string
  mine: string
  chat: string
  step: (place: number, of: number) => string
  next: string
  toSummary: string
  back: string
  kindQuestion: string
  kinds: Record<Kind, { name: string; hint: string }>
  matterQuestion: string
  matterHint: string
  matterLabel: string
  addPictures: string
  picturesHint: string
  pictures: string
  removePicture: (name: string) => string
  tooMany: string
  fileKind: string
  fileSize: string
  placeQuestion: string
  placeLabel: string
  placeHint: string
  towns: string
  here: string
  locating: string
  located: string
  forgetPlace: string
  placeRefused: string
  whenLabel: string
  /** What is pressed, and what it writes: a day is written out, since today is another day when it is read. */
  whens: (today: string, yesterday: string) => { name: string; said: string }[]
  personQuestion: string
  personHint: string
  nameLabel: string
  phoneLabel: string
  phoneHint: string
  confidential: string
  confidentialHint: string
  optional: string
  checkQuestion: string
  checkHint: string
  change: string
  answers: { kind: string; matter: string; pictures: string; place: string; happened: string; person: string }
  position: string
  nothing: string
  yesConfidential: string
  send: string
  sendingWords: string
  sendingPicture: (place: number, of: number) => string
  sendingWaits: string
  clear: string
  clearSure: string
  keepDraft: string
  draftKept: string
  problems: Record<Problem, string>
  filed: string
  danger: string
  keepThese: string
  number: string
  code: string
  copyBoth: string
  copied: string
  copyFailed: string
  /** What the clipboard gets. */
  copyText: (number: string, code: string) => string
  filedNext: string
  seeProgress: string
  tellAnother: string
  lookQuestion: string
  lookHint: string
  numberHint: string
  codeHint: string
  find: string
  finding: string
  numberWrong: string
  codeWrong: string
  notFound: string
  tooOften: (minutes: number) => string
  noAnswer: string
  again: string
  another: string
  reply: string
  story: string
  rateQuestion: string
  rateThanks: string
  solvedQuestion: string
  solvedYes: string
  solvedNo: string
  verdictQuestion: string
  verdicts: Record<Verdict, string>
  ratingWords: string
  ratingWordsUnsolved: string
  rate: string
  rateMissing: string
  addQuestion: string
  addHint: string
  add: string
  addLater: string
  added: string
  addMissing: string
  over: string
  mineQuestion: string
  mineHint: string
  mineEmpty: string
  mineEmptyHint: string
  loading: string
  refusals: (code: string) => string
}

const zh: Words = {
  title: '告诉我们 · 一线 12345',
  views: '页面',
  tell: '告诉我们',
  look: '办到哪一步了',
  mine: '我的',
  chat: '在线问',
  step: (place, of) => `第${place}步，共${of}步`,
  next: '下一步',
  toSummary: '改好了',
  back: '上一步',
  kindQuestion: '是哪一类事？',
  kinds: {
    consultation: { name: '咨询', hint: '想问清楚一件事' },
    help: { name: '求助', hint: '有难处，想请人帮忙' },
    complaint: { name: '投诉', hint: '有人没办好，或者扰了我' },
    report: { name: '举报', hint: '有人违规违法' },
    suggestion: { name: '建议', hint: '有个办法能更好' },
    praise: { name: '表扬', hint: '有人做得好，该夸一夸' },
  },
  matterQuestion: '是什么事？',
  matterHint: '怎么说都行：发生了什么，您希望怎么办。',
  matterLabel: '是什么事',
  addPictures: '加图片',
  picturesHint: '有图片看得更明白。最多9张，也可以是 PDF。',
  pictures: '图片',
  removePicture: (name) => `去掉${name}`,
  tooMany: '最多9张。',
  fileKind: '这种文件收不了，请选图片或 PDF。',
  fileSize: '文件太大，一个最多 10 MB。',
  placeQuestion: '在哪里，什么时候？',
  placeLabel: '在哪里',
  placeHint: '镇街和路名，或者附近好认的地方',
  towns: '选镇街',
  here: '用我现在的位置',
  locating: '正在取位置',
  located: '已记下您现在的位置',
  forgetPlace: '不用了',
  placeRefused: '没能取到位置，请直接写下地址。',
  whenLabel: '什么时候',
  whens: (today, yesterday) => [
    { name: '今天', said: `今天（${today}）` },
    { name: '昨天', said: `昨天（${yesterday}）` },
    { name: '经常这样', said: '经常这样' },
  ],
  personQuestion: '怎么找到您？',
  personHint: '不留也可以，进度用编号和查询码就能查。',
  nameLabel: '怎么称呼您',
  phoneLabel: '电话',
  phoneHint: '只给办事的人联系您用',
  confidential: '替我保密',
  confidentialHint: '打开后，被反映的单位看不到您是谁、电话多少。',
  optional: '可不填',
  checkQuestion: '看看对不对',
  checkHint: '没问题就发给我们。',
  change: '改',
  answers: {
    kind: '哪一类',
    matter: '什么事',
    pictures: '图片',
    place: '在哪里',
    happened: '什么时候',
    person: '联系您',
  },
  position: '我现在的位置',
  nothing: '没写',
  yesConfidential: '替您保密',
  send: '发给我们',
  sendingWords: '正在发出',
  sendingPicture: (place, of) => `正在发图片，第${place}张，共${of}张`,
  sendingWaits: '连接断了，通了会自动接着发，不会发两次。',
  clear: '清空重写',
  clearSure: '确定清空',
  keepDraft: '留着',
  draftKept: '上次没写完的还在，接着写就行。',
  problems: {
    kind: '请选一类。',
    matterShort: '请再多写几个字，说说是什么事。',
    matterLong: '最多4000字，请短一些。',
    phone: '电话好像不对，请看看数字。',
  },
  filed: '收到了',
  danger: '有人正有危险的话，这里来不及，请马上拨',
  keepThese: '请记下编号和查询码，查进度要用。',
  number: '编号',
  code: '查询码',
  copyBoth: '复制编号和查询码',
  copied: '已复制',
  copyFailed: '没能复制，请抄下来或截图。',
  copyText: (number, code) => `编号 ${number} 查询码 ${code}`,
  filedNext: '我们会尽快转给负责的单位。有消息会写在“在线问”里，用编号和查询码也随时能查。',
  seeProgress: '办到哪一步了',
  tellAnother: '再说一件事',
  lookQuestion: '办到哪一步了',
  lookHint: '写下编号和查询码，哪里说的都能查。',
  numberHint: 'DG 开头，后面15位数字',
  codeHint: '6位数字',
  find: '查一查',
  finding: '正在查',
  numberWrong: '编号是 DG 加15位数字，请再看看。',
  codeWrong: '查询码是6位数字，请再看看。',
  notFound: '没有查到。编号或查询码不对，请再核对一下。找不到了，在“在线问”里说“人工”，请人帮您查。',
  tooOften: (minutes) => `查得太多次了，请过${minutes}分钟再查，也可以打 12345 问。`,
  noAnswer: '连接断了，没有取到。',
  again: '再试一次',
  another: '查另一件',
  reply: '答复',
  story: '经过',
  rateQuestion: '说说办得怎么样',
  rateThanks: '收到您的评价，谢谢。',
  solvedQuestion: '解决了吗？',
  solvedYes: '解决了',
  solvedNo: '没解决',
  verdictQuestion: '满意吗？',
  verdicts: { satisfied: '满意', fairly: '基本满意', dissatisfied: '不满意' },
  ratingWords: '还想说什么',
  ratingWordsUnsolved: '哪里没办好',
  rate: '发出评价',
  rateMissing: '请选好解决没有、满意不满意。',
  addQuestion: '补充情况',
  addHint: '有了新情况，写在这里，办事的人能看到。',
  add: '发出补充',
  addLater: '先不写',
  added: '收到您的补充。',
  addMissing: '请写点什么，或者加一张图片。',
  over: '这件事已经办结，补充不了了。有新情况请重新告诉我们。',
  mineQuestion: '我的',
  mineHint: '您在这台设备上说过的事，最近的5件。',
  mineEmpty: '这里还没有您说过的事',
  mineEmptyHint: '在别处说的，用编号和查询码也能查。',
  loading: '正在取',
  refusals: (code) =>
    ({
      file_gone: '有图片已经不在了，请去掉它再选一次。',
      too_large: '图片太大，一个最多 10 MB。',
      unsupported_type: '有文件收不了，请换成图片或 PDF。',
      too_many_requests: '发得太多了，请过一阵再发。写的都留着。',
      invalid: '有内容收不下，请看看再发。',
    })[code] ?? '没能发出，请再试一次。写的都留着。',
}

const en: Words = {
  title: 'Tell us · Yixian 12345',
  views: 'Pages',
  tell: 'Tell us',
  look: 'Progress',
  mine: 'Mine',
  chat: 'Chat',
  step: (place, of) => `Step ${place} of ${of}`,
  next: 'Next',
  toSummary: 'Done',
  back: 'Back',
  kindQuestion: 'What is it about?',
  kinds: {
    consultation: { name: 'Question', hint: 'I want to know something' },
    help: { name: 'Help', hint: 'I need a hand' },
    complaint: { name: 'Complaint', hint: 'Something was done badly, or disturbs me' },
    report: { name: 'Report', hint: 'Somebody breaks the rules' },
    suggestion: { name: 'Suggestion', hint: 'It could be done better' },
    praise: { name: 'Praise', hint: 'Somebody did well' },
  },
  matterQuestion: 'What happened?',
  matterHint: 'In your own words, in Chinese if you can: what happened, and what you hope for.',
  matterLabel: 'What happened',
  addPictures: 'Add pictures',
  picturesHint: 'Pictures help. Up to 9; PDFs work too.',
  pictures: 'Pictures',
  removePicture: (name) => `Remove ${name}`,
  tooMany: 'At most 9.',
  fileKind: 'Only pictures and PDFs can be sent.',
  fileSize: 'The file is too large, 10 MB at most.',
  placeQuestion: 'Where, and when?',
  placeLabel: 'Where',
  placeHint: 'Town and road, or a landmark nearby',
  towns: 'Choose a town',
  here: 'Use my location',
  locating: 'Finding your location',
  located: 'Your location is noted',
  forgetPlace: 'Remove',
  placeRefused: 'Your location is not available. Please write the address instead.',
  whenLabel: 'When',
  whens: (today, yesterday) => [
    { name: 'Today', said: `today, ${today}` },
    { name: 'Yesterday', said: `yesterday, ${yesterday}` },
    { name: 'Often', said: 'often' },
  ],
  personQuestion: 'How do we reach you?',
  personHint: 'You may leave this empty; number and code are enough to follow it.',
  nameLabel: 'Your name',
  phoneLabel: 'Phone',
  phoneHint: 'Only for those who handle it',
  confidential: 'Keep me confidential',
  confidentialHint: 'When on, those you tell us about see neither who you are nor your phone.',
  optional: 'optional',
  checkQuestion: 'Is this right?',
  checkHint: 'If it is, send it to us.',
  change: 'Change',
  answers: {
    kind: 'Kind',
    matter: 'What happened',
    pictures: 'Pictures',
    place: 'Where',
    happened: 'When',
    person: 'Reaching you',
  },
  position: 'My location',
  nothing: 'Nothing written',
  yesConfidential: 'Confidential',
  send: 'Send',
  sendingWords: 'Sending',
  sendingPicture: (place, of) => `Sending picture ${place} of ${of}`,
  sendingWaits: 'The connection is down. It goes on by itself, and nothing is sent twice.',
  clear: 'Start over',
  clearSure: 'Yes, clear it',
  keepDraft: 'Keep it',
  draftKept: 'What you wrote last time is still here.',
  problems: {
    kind: 'Please choose one.',
    matterShort: 'Please write a few more words about what happened.',
    matterLong: 'At most 4,000 characters, please make it shorter.',
    phone: 'The phone number does not look right.',
  },
  filed: 'We have it',
  danger: 'If somebody is in danger now, this is too slow. Please call',
  keepThese: 'Please keep the number and the code. You need both to follow it.',
  number: 'Number',
  code: 'Code',
  copyBoth: 'Copy number and code',
  copied: 'Copied',
  copyFailed: 'Could not copy. Please write it down or take a screenshot.',
  copyText: (number, code) => `Number ${number}, code ${code}`,
  filedNext: 'We pass it on to those responsible. News is written in the chat here; number and code show it at any time, too.',
  seeProgress: 'See progress',
  tellAnother: 'Tell us something else',
  lookQuestion: 'How far is it?',
  lookHint: 'With number and code, wherever you told us.',
  numberHint: 'DG and 15 digits',
  codeHint: '6 digits',
  find: 'Look it up',
  finding: 'Looking it up',
  numberWrong: 'The number is DG and 15 digits. Please check it.',
  codeWrong: 'The code has 6 digits. Please check it.',
  notFound: 'Nothing found. The number or the code is wrong, please check them. If they are lost, ask for a person in the chat.',
  tooOften: (minutes) =>
    `Too many look-ups. Please try again in ${minutes} minute${minutes === 1 ? '' : 's'}, or call 12345.`,
  noAnswer: 'The connection is down.',
  again: 'Try again',
  another: 'Look up another',
  reply: 'Reply',
  story: 'What happened so far',
  rateQuestion: 'How did it go?',
  rateThanks: 'We have your rating, thank you.',
  solvedQuestion: 'Is it solved?',
  solvedYes: 'Solved',
  solvedNo: 'Not solved',
  verdictQuestion: 'Are you satisfied?',
  verdicts: { satisfied: 'Satisfied', fairly: 'Fairly', dissatisfied: 'Not satisfied' },
  ratingWords: 'Anything else',
  ratingWordsUnsolved: 'What is still wrong',
  rate: 'Send rating',
  rateMissing: 'Please choose both answers.',
  addQuestion: 'Add something',
  addHint: 'News about it? Those who handle it can read it here.',
  add: 'Send',
  addLater: 'Not now',
  added: 'We have what you added.',
  addMissing: 'Please write something or add a picture.',
  over: 'This is closed, nothing can be added. Please tell us anew.',
  mineQuestion: 'Mine',
  mineHint: 'What you told us on this device, the last 5.',
  mineEmpty: 'Nothing told from here yet',
  mineEmptyHint: 'What you told us elsewhere can be found by number and code.',
  loading: 'Loading',
  refusals: (code) =>
    ({
      file_gone: 'A picture is no longer here. Please remove it and choose it again.',
      too_large: 'A picture is too large, 10 MB at most.',
      unsupported_type: 'Only pictures and PDFs can be sent.',
      too_many_requests: 'Too many at once. Please send it a little later; what you wrote is kept.',
      invalid: 'Something in it cannot be taken. Please look it over.',
    })[code] ?? 'Could not be sent, please try again. What you wrote is kept.',
}

export const words: Record<Language, Words> = { zh, en }
