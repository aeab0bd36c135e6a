import { spoken } from '../preferences'

const zh = {
  show: '查看',
  hide: '遮住',
  about: '为什么要看，会和您的名字一起记入审计日志。',
  again: (seconds: number) => `${seconds}秒后重新遮住`,
}

const en: typeof zh = {
  show: 'Show',
  hide: 'Hide',
  about: 'Your reason is kept in the audit log, with your name.',
  again: (seconds: number) => `hidden again in ${seconds} s`,
}

export const words = spoken({ zh, en })
